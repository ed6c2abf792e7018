# Markdown to HTML as Jekyll does it: one JSON string a line in, one JSON string a line out.
require "json"
require "kramdown"
require "kramdown-parser-gfm"

OPTIONS = {
  input: "GFM", auto_ids: true, hard_wrap: ARGV.include?("--hard-wrap"), entity_output: "as_char",
  toc_levels: [1, 2, 3, 4, 5, 6], smart_quotes: "lsquo,rsquo,ldquo,rdquo", footnote_nr: 1,
  syntax_highlighter: nil, math_engine: "mathjax", guess_lang: true
}.freeze

$stdout.sync = true
$stdin.each_line do |line|
  html = Kramdown::Document.new(JSON.parse(line), OPTIONS).to_html
  puts JSON.generate(html)
rescue StandardError
  puts JSON.generate("<engine-error></engine-error>")
end
