// In the package the function is of the module Arny; in the pod, where all is one module, of this one. It is a file of
// its own, because a class has a method of the same name.
#if canImport(Arny)
import Arny
#endif

func setLibraryCache(_ folder: String) throws {
    try setCache(folder)
}
