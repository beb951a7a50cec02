import Glibc

/// Lets the calling thread receive a signal. A program inherits what its parent blocked, and
/// parents with thread pools often block everything.
package func unblockSignal(_ signal: Int32) {
  var set = sigset_t()
  sigemptyset(&set)
  sigaddset(&set, signal)
  pthread_sigmask(SIG_UNBLOCK, &set, nil)
}
