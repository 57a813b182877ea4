"""What a device computes in, and how many tokens a model can read."""

import torch
from transformers import PretrainedConfig

from lsr_index.errors import ModelError

# These count positions from the padding id + 1, so their table is that much longer than what they can read.
OFFSET_POSITIONS = {"roberta", "xlm-roberta", "camembert", "mpnet", "longformer"}


def dtype_of(name: str, device: torch.device) -> torch.dtype:
    """Choose between float32 and bfloat16; `auto` takes the latter on a GPU, and where the processor multiplies it.

    AMX tiles and AVX-512 BF16 do: on both, products were measured at four to five times the speed of float32.

    Raises:
        ModelError: if the name is none of the three.
    """
    if name == "auto":
        return torch.bfloat16 if is_bfloat16_fast(device) else torch.float32
    if name not in ("float32", "bfloat16"):
        raise ModelError(f"unknown dtype {name!r}; choose auto, float32 or bfloat16")
    return torch.float32 if name == "float32" else torch.bfloat16


def is_bfloat16_fast(device: torch.device) -> bool:
    """Tell whether products in bfloat16 are several times as fast as in float32."""
    return device.type == "cuda" or torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()


def readable_length(config: PretrainedConfig, wanted: int) -> int:
    """Return the number of tokens wanted, or what the model's table of positions has, if that is less."""
    positions = getattr(config, "max_position_embeddings", None)
    if positions and config.model_type in OFFSET_POSITIONS:
        positions -= (config.pad_token_id or 0) + 1
    return min(wanted, positions) if positions and positions > 0 else wanted
