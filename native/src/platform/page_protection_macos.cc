#include <mach/mach.h>

#include "platform/page_protection.h"

namespace interloop {

bool IsWriteProtected(const void* start, size_t bytes) {
  if (bytes == 0) return false;
  auto next = reinterpret_cast<vm_address_t>(start);
  const vm_address_t end = next + bytes;
  while (next < end) {
    vm_address_t low = next;
    vm_size_t size = 0;
    vm_region_basic_info_data_64_t info;
    mach_msg_type_number_t count = VM_REGION_BASIC_INFO_COUNT_64;
    mach_port_t object = MACH_PORT_NULL;
    // The region that holds the address, or the next one.
    const kern_return_t told = vm_region_64(mach_task_self(), &low, &size, VM_REGION_BASIC_INFO_64, reinterpret_cast<vm_region_info_t>(&info), &count, &object);
    if (told != KERN_SUCCESS || low > next || (info.protection & VM_PROT_WRITE) == 0) return true;
    next = low + size;
  }
  return false;
}

}  // namespace interloop
