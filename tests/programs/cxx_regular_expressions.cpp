// Regular expressions hold text: nobody looks into what their templates do.
// sanitizers: when full
#include "check.hpp"
#include <map>
#include <regex>
#include <string>

static const std::string settings = "rate=0.05;strike=1.1;years=3";

double priced(double x) {
    std::map<std::string, double> values{{"spot", x}};
    const std::regex pair(R"((\w+)=([0-9.]+))");
    for (std::sregex_iterator at(settings.begin(), settings.end(), pair), end; at != end; ++at)
        values[(*at)[1]] = std::stod((*at)[2]) * x;
    std::smatch found;
    if (std::regex_search(settings, found, std::regex("years=([0-9]+)"))) x *= std::stod(found[1].str());
    if (!std::regex_match("spot", std::regex("[a-z]+"))) return 0;
    return values["spot"] * values["rate"] + std::sin(values["strike"]) * x;
}

int main() {
    CHECK_AT(priced, 0.7);
    return report();
}
