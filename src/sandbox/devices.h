// The few devices that programs inside find in /dev: made, or where that is not allowed the host's own,
// bound. Device numbers are those of Documentation/admin-guide/devices.txt.
#pragma once

#include <filesystem>

namespace haneul::sandbox {

enum class RootFrom { kNothing, kHost };

// Into an empty directory, with links to the standard descriptors and a place for /dev/shm.
void make_devices(const std::filesystem::path& directory, RootFrom devices);

// KVM's, for everybody inside.
void make_kvm_device(const std::filesystem::path& directory);

}  // namespace haneul::sandbox
