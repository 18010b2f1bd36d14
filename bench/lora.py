"""A LoRA of random numbers over a model: only its size matters. Needs gguf and numpy."""


def write_lora(base, path, seed, rank=8):
    import gguf
    import numpy as np
    rng, reader = np.random.default_rng(seed), gguf.GGUFReader(base)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(rank))
    for tensor in reader.tensors:
        if ".attn_q." in tensor.name or ".attn_v." in tensor.name:
            columns, rows = (int(n) for n in tensor.shape[:2])
            writer.add_tensor(tensor.name + ".lora_a", (0.01 * rng.standard_normal((rank, columns))).astype(np.float16))
            writer.add_tensor(tensor.name + ".lora_b", np.zeros((rows, rank), np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
