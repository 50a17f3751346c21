/// The cube root of 0…1, from additions, multiplications and divisions alone: the same bits on every machine, which libm
/// does not promise.
func cubeRoot(_ x: Double) -> Double {
    guard x > 0 else { return 0 }
    // Newton's iteration falls from 1 to the root, by a third a step at first, at the end doubling the digits.
    var root = 1.0
    while true {
        let next = (2 * root + x / (root * root)) / 3
        if next >= root { return root }
        root = next
    }
}
