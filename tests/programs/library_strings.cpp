// Strings beside active data: as keys, as names in structs, as programs that are parsed.
#include "probe.hpp"
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unordered_map>

struct Layer {
    std::string activation;
    std::vector<double> w;
    double bias;
};

static double activated(const std::string &kind, double z) {
    if (kind == "tanh") return std::tanh(z);
    if (kind == "relu") return z > 0 ? z : 0;
    if (kind == "a name that lies on the heap") return 1 / (1 + std::exp(-z));
    throw std::invalid_argument("unknown activation " + kind);
}

double layers_with_names(const double *x, int n) {
    const char *names[] = {"tanh", "relu", "a name that lies on the heap"};
    std::vector<Layer> layers;
    for (int i = 0; i < n; i++) {
        Layer l;
        l.activation = names[i % 3];
        for (int j = 0; j < 3; j++) l.w.push_back(x[j] * (i + 1));
        l.bias = x[3];
        layers.push_back(l);
    }
    double h = x[0];
    for (auto &l : layers) {
        double z = l.bias;
        for (double w : l.w) z += w * h;
        h = activated(l.activation, z);
    }
    return h;
}

double keys(const double *x, int n) {
    std::map<std::string, double> m;
    for (int i = 0; i < n; i++) m["k" + std::to_string(i % 3)] += x[i] * (i + 1);
    double s = 0;
    for (auto &[key, value] : m) s += value * value * key.size();
    return s;
}

double hashed_keys(const double *x, int n) {
    std::unordered_map<std::string, double> m;
    for (int i = 0; i < n; i++) {
        std::ostringstream text;
        text << "key number " << i % 2;
        m[text.str()] += x[i] * x[i];
    }
    double s = 1;
    for (auto &one : m) s *= one.second;
    return s + m.at("key number 0");
}

double behind_the_end(const double *x, int n) {
    const std::string t = "abc";
    double s = 0;
    for (int i = 0; i < n; i++) {
        try {
            s += x[i] * (t.at(i) - 'a' + 1);
        } catch (const std::out_of_range &) {
            s += x[i] * x[i];
        }
    }
    return s;
}

double parsed(const double *x, int) {
    const std::string program = "x0 x1 * x2 + x3 *";
    std::vector<double> stack;
    for (size_t at = 0; at < program.size();) {
        size_t end = program.find(' ', at);
        if (end == std::string::npos) end = program.size();
        const std::string word = program.substr(at, end - at);
        at = end + 1;
        if (word[0] == 'x') {
            stack.push_back(x[std::stoi(word.substr(1))]);
            continue;
        }
        const double b = stack.back();
        stack.pop_back();
        const double a = stack.back();
        stack.pop_back();
        stack.push_back(word == "*" ? a * b : a + b);
    }
    return stack.back();
}

std::string journal;

double written_down(const double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        s += x[i] * x[i];
        journal += "step " + std::to_string(s) + "\n";
    }
    return s;
}

struct Named {
    std::string name;
    double value;
};

Named named(double x) { return {"x", x * x}; }

int main() {
    PROBE(layers_with_names, {0.3, -0.7, 1.2, 0.9});
    PROBE(keys, {1, 2, 3, 4});
    PROBE(hashed_keys, {1, 2, 3, 4});
    PROBE(behind_the_end, {1, 2, 3, 4, 5});
    PROBE(parsed, {1, 2, 3, 4});
    PROBE(written_down, {1, 2, 3});
    Named tangent = __enzyme_fwddiff<Named>((void *)named, 3.0, 1.0);
    compare("named", "tangent", 0, tangent.value, 6);
    return failures != 0;
}
