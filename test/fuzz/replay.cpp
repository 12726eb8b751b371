// In place of libFuzzer, for any compiler: gives each file of a corpus to the target once.

#include "fuzz/target.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

int main(int count, char** arguments) {
    std::vector<std::filesystem::path> inputs;
    for (int i = 1; i < count; ++i)
        for (const auto& entry : std::filesystem::directory_iterator(arguments[i])) inputs.push_back(entry.path());
    if (inputs.empty()) {
        std::cerr << "usage: " << arguments[0] << " CORPUS-DIRECTORY...\n";
        return 1;
    }
    std::ranges::sort(inputs);
    for (const std::filesystem::path& path : inputs) {
        // Named before it is tried, for the target aborts.
        std::cout << path.filename().string() << std::endl;
        std::ifstream file(path, std::ios::binary);
        std::vector<char> input{std::istreambuf_iterator<char>(file), {}};
        // So that a read past the end is seen by the sanitizer.
        input.shrink_to_fit();
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
    }
}
