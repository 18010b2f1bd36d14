// The kernels that ExecuTorch's runtime libraries lack. Part of the shim.
#ifndef AR_ENGINE_PTE_SHIM_KERNELS_H
#define AR_ENGINE_PTE_SHIM_KERNELS_H

void shim_register_kernels(); // once

// How the caches of the method that this thread runs next are kept: as float16, or as the file has them.
void shim_kv_half(bool half);

#endif
