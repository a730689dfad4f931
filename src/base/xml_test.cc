#include "base/xml.h"

#include <gtest/gtest.h>

namespace haneul {
namespace {

// The shapes of XML that clients send: namespaces, attributes, CDATA, comments, references.
TEST(Xml, ReadsElements) {
  const XmlElement root = parse_xml(
      "\xEF\xBB\xBF<?xml version=\"1.0\"?>\n<!-- c --><s3:A xmlns:s3=\"u\" x:y=\"1 &lt; 2\">\n"
      "  <B>a&amp;b<!-- c -->&#x20AC;<![CDATA[<&>]]></B>\n  <B> </B><C/>\r\n</s3:A>\n");
  EXPECT_EQ(root.name, "A");
  ASSERT_EQ(root.children.size(), 3U);
  EXPECT_EQ(*root.attribute("x:y"), "1 < 2");
  EXPECT_EQ(root.attribute("y"), nullptr);
  EXPECT_EQ(root.find("B")->text, "a&b\xE2\x82\xAC<&>");
  EXPECT_EQ(root.children[1].text, " ");
  EXPECT_EQ(root.find("C")->text, "");
  EXPECT_EQ(root.find("D"), nullptr);
  EXPECT_EQ(parse_xml("<a>1\r\n2\r3&#13;</a>").text, "1\n2\n3\r");
}

// pugixml alone would take most of these; each is a way to smuggle or to crash.
TEST(Xml, RefusesMalformed) {
  for (const std::string_view bad : {"",
                                     "  ",
                                     "text",
                                     "<a>",
                                     "<a></b>",
                                     "<a/><b/>",
                                     "<a/>x",
                                     "x<a/>",
                                     "<a>&nope;</a>",
                                     "<a>& b</a>",
                                     "<a>&#0;</a>",
                                     "<a>&#xD800;</a>",
                                     "<a>&#x110000;</a>",
                                     "<a>\x01</a>",
                                     "<a>\xFF</a>",
                                     "<!DOCTYPE a><a/>",
                                     "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
                                     "<a b=c/>",
                                     "<a:/>",
                                     "<a:1/>",
                                     "<a",
                                     "<a b='&zz;'/>"}) {
    EXPECT_THROW(parse_xml(bad), ParseError) << bad;
  }
  EXPECT_THROW(parse_xml(std::string_view("<a>\0</a>", 8)), ParseError);
}

// A megabyte of open tags must be refused without recursion.
TEST(Xml, DepthIsBounded) {
  const auto nested = [](int levels) {
    std::string text;
    for (int i = 0; i < levels; ++i) text += "<a>";
    for (int i = 0; i < levels; ++i) text += "</a>";
    return text;
  };
  EXPECT_NO_THROW(parse_xml(nested(kXmlDepthMax)));
  EXPECT_THROW(parse_xml(nested(kXmlDepthMax + 1)), ParseError);
  EXPECT_THROW(parse_xml(nested(200'000)), ParseError);
}

// What the writer makes must read back as the same text, also for bytes that XML has no form for.
TEST(Xml, WritesWhatReadsBack) {
  XmlWriter out(true);
  out.open("A");
  out.attribute("n", "\"<\n");
  out.element("B", "a<b>&c\r\x01");
  out.element("E", "");
  out.element("U", "\xFF");
  out.close();
  const std::string text = out.take();
  EXPECT_EQ(
      text,
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<A n=\"&#x22;&lt;&#xA;\"><B>a&lt;b&gt;&amp;c&#xD;&#x1;</B>"
      "<E/><U>\xEF\xBF\xBD</U></A>");
  const XmlElement read = parse_xml(text);
  EXPECT_EQ(read.find("B")->text, "a<b>&c\r\x01");
  EXPECT_EQ(*read.attribute("n"), "\"<\n");
}

}  // namespace
}  // namespace haneul
