// The kernels that ExecuTorch's runtime libraries lack. Part of the shim.
#ifndef AR_ENGINE_PTE_SHIM_KERNELS_H
#define AR_ENGINE_PTE_SHIM_KERNELS_H

void shim_register_kernels(); // once

#endif
