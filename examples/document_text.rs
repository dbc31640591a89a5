//! Prints what the readers saw in files: `cargo run --example document_text FILE…`.
//!
//! For holding a reader against another program's text. With `--outline` first, tables, cells and styles show.

use std::path::Path;
use std::process::ExitCode;
use zhihui::intake::document::{Limits, read};
use zhihui::intake::unpack::{FileType, file_type};
use zhihui::model::document::{Block, Document, Inline};

fn main() -> ExitCode {
    let (options, files): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let outline = options.iter().any(|option| option == "--outline");
    let mut code = ExitCode::SUCCESS;
    for file in &files {
        match text_of(Path::new(file), outline) {
            Ok(text) => print!("{text}"),
            Err(why) => {
                eprintln!("{file}: {why}");
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}

fn text_of(file: &Path, outline: bool) -> Result<String, String> {
    let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    let FileType::Document(format) = file_type(&bytes, &file.to_string_lossy()) else { return Err("no document".into()) };
    let document = read(format, &bytes, &Limits::default()).ok_or("no reader for it")?.map_err(|error| error.to_string())?;
    Ok(if outline { drawn(&document) } else { document.text() })
}

fn drawn(document: &Document) -> String {
    let mut out = format!("{:?}, {} pictures\n", document.format, document.pictures.len());
    draw(&document.blocks, 0, &mut out);
    out
}

fn draw(blocks: &[Block], depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    for block in blocks {
        match block {
            Block::Paragraph(paragraph) => {
                out.push_str(&format!("{indent}¶ {}\n", paragraph.inlines.iter().map(shown).collect::<Vec<_>>().join("|")))
            }
            Block::Table(table) => {
                out.push_str(&format!("{indent}table\n"));
                for (at, row) in table.rows.iter().enumerate() {
                    for cell in &row.cells {
                        let (row, column) = (at + 1, cell.column + 1);
                        out.push_str(&format!("{indent} row {row} column {column} ({}×{})\n", cell.row_span, cell.column_span));
                        draw(&cell.blocks, depth + 2, out);
                    }
                }
            }
        }
    }
}

fn shown(inline: &Inline) -> String {
    match inline {
        Inline::Text(run) => {
            let marks = [(run.style.bold, 'b'), (run.style.underline, 'u'), (run.style.strike, 's')];
            let marks: String = marks.iter().filter(|(on, _)| *on).map(|(_, mark)| *mark).collect();
            format!("{marks}{:?}", run.text)
        }
        Inline::Tick(tick) => format!("{tick:?}"),
        Inline::Picture(index) => format!("picture {index}"),
    }
}
