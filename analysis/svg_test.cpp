// Drawings in a page: nothing that is drawn is lost, nothing else is kept, ids stay apart.
#include "analysis/svg.hpp"

#include <gtest/gtest.h>

namespace overtake {
namespace {

const char* drawing = R"(<?xml version="1.0"?>
<svg
 viewBox="0 0 480 350">
<title>Gnuplot</title>
<desc>Produced by GNUPLOT</desc>

<g id="gnuplot_canvas">
<defs>
	<circle id='gpDot' r='0.5'/>
	<path id='gpPt3' d='M0,1 z'/>
	<use xlink:href='#gpPt3' id='gpPt11' transform='rotate(45)'/>
	<use xlink:href='#gpPt11' id='gpPt12' fill='currentColor'/>
	<filter id='textbox' x='0'>
	  <feFlood flood-color='#FFFFFF'/>
	</filter>
</defs>
<g id="gnuplot_plot_1" ><text>10  FLOPs</text>
	<use xlink:href='#gpPt12' color='rgb(213,  94,   0)'/>
</g></g></svg>
)";

TEST(SvgForPage, KeepsWhatIsDrawn) {
    EXPECT_EQ(svg_for_page(drawing, "f7", "A < B"),
              "<svg role=\"img\" aria-label=\"A &lt; B\" viewBox=\"0 0 480 350\"><g><defs><path id='f7p3' d='M0,1 z'/><use xlink:href='#f7p3' id='f7p11' transform='rotate(45)'/>"
              "<use xlink:href='#f7p11' id='f7p12' fill='currentColor'/></defs><g id=\"f7g1\" ><text>10 FLOPs</text><use xlink:href='#f7p12' color='#d55e00'/></g></g></svg>");
}

TEST(SvgForPage, OfNothingIsNothing) { EXPECT_EQ(svg_for_page("", "f0", ""), ""); }

}  // namespace
}  // namespace overtake
