// RocksDB is not built for the thread sanitizer: its hand-made synchronisation looks like races wherever its
// inline code or its calls of libc are instrumented with ours. Reports whose stacks pass through RocksDB are
// therefore left out.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:librocksdb.so\ncalled_from_lib:liblz4.so\ncalled_from_lib:libzstd.so\nrace:rocksdb:"
         ":\nrace:librocksdb.so\nmutex:librocksdb.so\n";
}
