"""What tools/import_models and tools/codegen share: API models read, merged, patched and written as C++."""
