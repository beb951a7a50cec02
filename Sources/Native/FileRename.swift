import Glibc

/// Gives a file another name at once, in place of what had that name before.
package func renameFile(_ path: String, to name: String) throws(FileError) {
  guard rename(path, name) == 0 else {
    throw FileError(what: "cannot be renamed", path: path, code: errno)
  }
}
