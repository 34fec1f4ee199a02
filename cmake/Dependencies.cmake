# Every third-party library, found once.
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Eigen3 REQUIRED NO_MODULE)
find_package(Threads REQUIRED)

# The C interface of HDF5, serial, with the high-level library for dimension scales.
find_package(HDF5 REQUIRED COMPONENTS C HL)
add_library(overtake_hdf5 INTERFACE)
add_library(overtake::hdf5 ALIAS overtake_hdf5)
target_include_directories(overtake_hdf5 SYSTEM INTERFACE ${HDF5_INCLUDE_DIRS})
target_link_libraries(overtake_hdf5 INTERFACE ${HDF5_HL_LIBRARIES} ${HDF5_C_LIBRARIES})

# TOML++ 3.4 or newer (bootstrap.sh fetches the header; older ones abort on malformed input).
if(NOT EXISTS "${OVERTAKE_DEPS}/include/toml++/toml.hpp")
  message(FATAL_ERROR "toml++/toml.hpp is not in ${OVERTAKE_DEPS}/include; run ./bootstrap.sh deps, or point OVERTAKE_DEPS at a folder that has it")
endif()
add_library(overtake_toml INTERFACE)
add_library(overtake::toml ALIAS overtake_toml)
target_include_directories(overtake_toml SYSTEM INTERFACE "${OVERTAKE_DEPS}/include")

# SentencePiece is optional: without it tokenizer = "bpe" is refused in words.
find_path(SENTENCEPIECE_INCLUDE sentencepiece_processor.h)
find_library(SENTENCEPIECE_LIBRARY sentencepiece)
find_library(SENTENCEPIECE_TRAIN_LIBRARY sentencepiece_train)

# libarchive is optional too: without it corpus = "linux" is refused in words.
find_package(LibArchive)

if(OVERTAKE_BUILD_TESTS)
  find_package(GTest REQUIRED)
endif()
if(OVERTAKE_BUILD_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()

if(OVERTAKE_BUILD_RUNNER)
  find_package(MPI REQUIRED COMPONENTS C)

  if(NOT EXISTS "${OVERTAKE_TORCH}/lib/libtorch_cpu.so")
    message(FATAL_ERROR "LibTorch is not in ${OVERTAKE_TORCH}; run ./bootstrap.sh build, or set OVERTAKE_TORCH (./bootstrap.sh build --torch DIR)")
  endif()
  # Linked by name, not by find_package(Torch): that wants the whole CUDA stack even for a CPU program.
  add_library(overtake_torch INTERFACE)
  add_library(overtake::torch ALIAS overtake_torch)
  target_include_directories(overtake_torch SYSTEM INTERFACE
    "${OVERTAKE_TORCH}/include" "${OVERTAKE_TORCH}/include/torch/csrc/api/include")
  target_link_libraries(overtake_torch INTERFACE
    "${OVERTAKE_TORCH}/lib/libtorch_cpu.so" "${OVERTAKE_TORCH}/lib/libc10.so")
  target_link_options(overtake_torch INTERFACE "LINKER:--allow-shlib-undefined")

  if(OVERTAKE_WITH_CUDA)
    set(OVERTAKE_CUDA_ARCHITECTURES "90" CACHE STRING "GPU architectures, as 80;90;100")
    set(CMAKE_CUDA_ARCHITECTURES ${OVERTAKE_CUDA_ARCHITECTURES})
    set(CMAKE_CUDA_STANDARD 17)
    set(CMAKE_CUDA_HOST_COMPILER "${CMAKE_CXX_COMPILER}" CACHE FILEPATH "Host compiler of nvcc")
    enable_language(CUDA)
    find_package(CUDAToolkit 13 REQUIRED)
    find_path(NCCL_INCLUDE nccl.h HINTS ${CUDAToolkit_INCLUDE_DIRS} REQUIRED)
    find_library(NCCL_LIBRARY nccl HINTS ${CUDAToolkit_LIBRARY_DIR} REQUIRED)
    add_library(overtake_cuda INTERFACE)
    add_library(overtake::cuda ALIAS overtake_cuda)
    target_include_directories(overtake_cuda SYSTEM INTERFACE ${CUDAToolkit_INCLUDE_DIRS} ${NCCL_INCLUDE})
    target_link_libraries(overtake_cuda INTERFACE CUDA::cudart ${NCCL_LIBRARY})
    target_compile_definitions(overtake_cuda INTERFACE OVERTAKE_WITH_CUDA=1)
    target_link_libraries(overtake_torch INTERFACE
      -Wl,--no-as-needed "${OVERTAKE_TORCH}/lib/libtorch_cuda.so" "${OVERTAKE_TORCH}/lib/libc10_cuda.so" -Wl,--as-needed)
  endif()
endif()
