#!/usr/bin/env python3
"""Times training steps of a stock eager PyTorch transformer, the yardstick for `overtake-train --bench`.

The model is what nanoGPT's readers would write: pre-norm blocks, fused query-key-value, F.scaled_dot_product_attention, GELU, untied
head, learned positions, cross-entropy, clipping at 1, fused AdamW. Same shapes, batch and work per step as our side.

Its python environment is its own, since the lean LibTorch of .deps can't be imported (about 5 GB with its dependencies):

    python3 -m venv ~/eager && ~/eager/bin/pip install torch==2.11.0 numpy
    ~/eager/bin/python runner/benchmarks/eager_step.py --shape 4,128,4,256,16,fp32 --json
    overtake-train --bench 4,128,4,256,16,bf16

A shape is layers,width,heads,length,batch,precision, as for `overtake-train --bench`. One thread unless --threads says otherwise.
`ms_per_step_cpu_*` are process CPU times, which other programs on the machine disturb less than the clock on the wall.
"""
import argparse
import json
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, width: int, heads: int, attention: str):
        super().__init__()
        self.heads, self.attention = heads, attention
        self.attention_norm = nn.RMSNorm(width, eps=1e-5)
        self.query_key_value = nn.Linear(width, 3 * width, bias=False)
        self.output = nn.Linear(width, width, bias=False)
        self.mlp_norm = nn.RMSNorm(width, eps=1e-5)
        self.mlp_input = nn.Linear(width, 4 * width, bias=False)
        self.mlp_output = nn.Linear(4 * width, width, bias=False)

    def attend(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        if self.attention == "fused":
            return F.scaled_dot_product_attention(q, k, v, is_causal=True)
        length = q.size(2)
        future = torch.ones(length, length, dtype=torch.bool).triu(1)
        logits = (q @ k.transpose(-2, -1)) * q.size(-1) ** -0.5
        return logits.masked_fill(future, float("-inf")).softmax(-1).to(v.dtype) @ v

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, width = x.shape
        projected = self.query_key_value(self.attention_norm(x)).split(width, dim=2)
        q, k, v = (part.view(batch, length, self.heads, -1).transpose(1, 2) for part in projected)
        mixed = self.attend(q, k, v).transpose(1, 2).contiguous().view(batch, length, width)
        x = x + self.output(mixed)
        return x + self.mlp_output(F.gelu(self.mlp_input(self.mlp_norm(x)), approximate="tanh"))


class Transformer(nn.Module):
    def __init__(self, layers: int, width: int, heads: int, length: int, vocabulary: int, attention: str):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(length, width)
        self.blocks = nn.ModuleList(Block(width, heads, attention) for _ in range(layers))
        self.norm = nn.RMSNorm(width, eps=1e-5)
        self.head = nn.Linear(width, vocabulary, bias=False)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, tokens: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        x = self.tokens(tokens) + self.positions.weight[: tokens.size(1)]
        for block in self.blocks:
            x = block(x)
        logits = self.head(self.norm(x))
        return F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1))


def measure(arguments: argparse.Namespace) -> dict:
    fields = arguments.shape.split(",")
    layers, width, heads, length, batch = (int(field) for field in fields[:5])
    precision = fields[5]
    torch.manual_seed(0)
    torch.set_num_threads(arguments.threads)
    model = Transformer(layers, width, heads, length, arguments.vocabulary, arguments.attention)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1, fused=True)
    window = torch.randint(arguments.vocabulary, (batch, length + 1))
    tokens, targets = window[:, :-1].contiguous(), window[:, 1:].contiguous()

    wall, cpu = [], []
    while len(wall) < arguments.steps + arguments.warmup or sum(wall[arguments.warmup:]) < arguments.seconds:
        wall_start, cpu_start = time.perf_counter(), time.process_time()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
            loss = model(tokens, targets)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        cpu.append(time.process_time() - cpu_start)
        wall.append(time.perf_counter() - wall_start)
    wall, cpu = wall[arguments.warmup:], cpu[arguments.warmup:]
    median = statistics.median(wall)
    return {
        "program": "eager PyTorch " + torch.__version__,
        "shape": arguments.shape,
        "attention": arguments.attention,
        "threads": arguments.threads,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "steps": len(wall),
        "ms_per_step_median": 1e3 * median,
        "ms_per_step_min": 1e3 * min(wall),
        "ms_per_step_cpu_median": 1e3 * statistics.median(cpu),
        "ms_per_step_cpu_min": 1e3 * min(cpu),
        "tokens_per_second": batch * length / median,
        "loss": float(loss.detach()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", default="4,128,4,256,16,fp32", help="layers,width,heads,length,batch,fp32|bf16")
    parser.add_argument("--vocabulary", type=int, default=256)
    parser.add_argument("--attention", choices=["fused", "explicit"], default="fused")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--warmup", type=int, default=5, help="steps before the clock counts")
    parser.add_argument("--steps", type=int, default=10, help="least number of timed steps")
    parser.add_argument("--seconds", type=float, default=6, help="least time of timed steps")
    parser.add_argument("--json", action="store_true", help="one line of JSON instead of words")
    arguments = parser.parse_args()
    result = measure(arguments)
    if arguments.json:
        print(json.dumps(result))
    else:
        print(f"{result['program']}, {result['shape']}: {result['ms_per_step_median']:.1f} ms per step (median of "
              f"{result['steps']}), {result['tokens_per_second']:.0f} tokens/s")


if __name__ == "__main__":
    main()
