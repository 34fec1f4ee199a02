// Residuals of the laws: does any of N, D or the scheme still explain them?
#include "analysis/residual_figure.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "analysis/study_marks.hpp"
#include "analysis/text.hpp"

namespace overtake {

namespace {

struct CellMean {
    double parameters = 0, tokens = 0, sum = 0, count = 0;
};

double percent(double residual) { return 100 * (std::exp(residual) - 1); }

/// Places of `count` trials across a column, -0.3 .. 0.3: by the golden ratio, so that neighbours lie apart.
double spread(std::size_t i) { return 0.6 * std::fmod(0.6180339887498949 * static_cast<double>(i), 1.0) - 0.3; }

}  // namespace

Figure residual_figure(const Study& study) {
    Figure figure{.name = "residuals" + file_suffix(study),
                  .title = "Residuals of the laws" + at_context(study),
                  .caption = "Predicted over measured loss, in per cent. Above: mean over the seeds of each cell against parameters and tokens; a trend would say that the law "
                             "does not hold. Below: every trial by scheme. Colours and marks as in the figure of the laws.",
                  .data = "", .script = "", .height = 480};
    std::ostringstream data, left, right, below, names;
    int block = 0;
    double least_n = INFINITY, most_n = 0, least_d = INFINITY, most_d = 0;
    for (const SchemeLaw& s : study.schemes) {
        if (!s.fit.usable) {
            continue;
        }
        const std::vector<double> residuals = law_residuals(s.points, s.law);
        const int column = block / 2;
        std::map<std::string, CellMean> cells;
        std::ostringstream trials;
        for (std::size_t i = 0; i < residuals.size(); ++i) {
            const Observation& o = s.observations[i];
            CellMean& cell = cells[o.cell];
            cell.parameters = o.parameters;
            cell.tokens = o.tokens;
            cell.sum += residuals[i];
            ++cell.count;
            trials << shortest(column + spread(i)) << " " << shortest(percent(residuals[i])) << "\n";
        }
        data << "# cells of " << shown_name(s.scheme) << ": parameters tokens residual_percent\n";
        for (const auto& [name, cell] : cells) {
            least_n = std::min(least_n, cell.parameters);
            most_n = std::max(most_n, cell.parameters);
            least_d = std::min(least_d, cell.tokens);
            most_d = std::max(most_d, cell.tokens);
            data << shortest(cell.parameters) << " " << shortest(cell.tokens) << " " << shortest(percent(cell.sum / cell.count)) << "\n";
        }
        data << "\n\n# trials of " << shown_name(s.scheme) << ": place residual_percent\n" << trials.str() << "\n\n";
        const std::string marks = point_style(mark_of(study, s.scheme)), style = " with points " + marks.substr(0, marks.find(" ps ")) + " ps 0.45";
        left << ", DATA index " << block << " using 1:3" << style;
        right << ", DATA index " << block << " using 2:3" << style;
        below << ", DATA index " << block + 1 << " using 1:2" << style;
        names << (column > 0 ? ", " : "") << "\"" << gnuplot_tic(shown_name(s.scheme)) << "\" " << column;
        block += 2;
    }
    const std::string zero = "plot 0 with lines lc rgb '#000000' notitle";
    figure.data = data.str();
    figure.script = "DATA = '" + figure.name + ".dat'\nset multiplot\nunset key\nset lmargin at screen 0.17\nset rmargin at screen 0.56\nset bmargin at screen 0.62\n"
                    "set tmargin at screen 0.97\nset logscale x\nset format x '10^{%L}'\nset ylabel 'residual [%]'\nset xlabel 'parameters N'\n" +
                    log_range(least_n, most_n) + zero + left.str() + "\nset lmargin at screen 0.60\nset rmargin at screen 0.98\nset ylabel\nset format y ''\nset xlabel 'tokens D'\n" +
                    log_range(least_d, most_d) + zero + right.str() +
                    "\nunset logscale x\nset format x '%g'\nset format y '%g'\nset lmargin at screen 0.17\nset bmargin at screen 0.19\nset tmargin at screen 0.47\nset ylabel 'residual [%]'\nset xlabel\n"
                    "set xtics rotate by -30 (" + names.str() + ")\nset xrange [-0.6:" + shortest(block / 2 - 0.4) + "]\n" + zero + below.str() + "\nunset multiplot\n";
    return figure;
}

}  // namespace overtake
