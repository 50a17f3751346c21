internal import CKernels

/// What the process's allocator keeps of freed memory.
package enum ProcessMemory {
    /// Makes each block of `bytes` or more go back to the system when it is freed. A process that lives for months and takes frames of
    /// many sizes would grow without it. To be called before other threads start.
    package static func returnBlocks(from bytes: Int) { ck_memory_map_blocks_from(bytes) }

    /// Gives the system back what no block uses.
    package static func trim() { ck_memory_trim() }
}
