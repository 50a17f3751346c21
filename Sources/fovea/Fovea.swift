import ArgumentParser

#if false
import AsyncHTTPClient
import Hummingbird
#endif
@main struct Fovea: ParsableCommand { func run() {} }
