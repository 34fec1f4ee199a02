// Times whole training steps (forward, backward, clipping, AdamW) of one shape on one rank, for comparison with other programs.
#pragma once

#include <string>

namespace overtake {

/// `shape` is "layers,width,heads,length,batch,precision[,scheme[,device]]", for example "4,128,4,256,16,bf16,learned". Prints one line
/// of JSON: milliseconds per step (median and minimum over the timed steps) and tokens per second. Throws ConfigError on a bad shape.
int run_step_bench(const std::string& shape);

}  // namespace overtake
