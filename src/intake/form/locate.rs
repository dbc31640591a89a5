//! Where each field of a form stands: a [`Document`] into lines by field.
//!
//! Nothing here knows what a value should look like. A label in a cell of its own owns the rest of its
//! row (and the rows that it is merged over); a label on a line of its own owns what follows until the
//! next label; a row of labels owns the row beneath it. Labels within the long sections count only for
//! fields that have not been met yet, so that a unit's prose opens no field. An introduction whose label is gone is
//! known by the headings of its parts.

mod cells;
mod columns;
mod filling;
mod opening;
mod rows;

use crate::intake::form::lines::{after, split_at_labels};
use crate::intake::labels::{Field, LONGEST_LABEL, LabelForm, Labels};
use crate::model::document::{Block, Document, Format, Inline, Paragraph};
use cells::{is_empty_paragraph, text_len};

pub use crate::intake::form::located::{Line, Located, Place, Slot};

/// Finds the forms of a document: usually one, more where a form's first labels come again.
pub fn locate(document: &Document, labels: &Labels) -> Vec<Located> {
    let mut finder = Finder {
        labels,
        forms: vec![Located::default()],
        current: None,
        interrupted: None,
        value_cell: None,
        nested: false,
        tables: 0,
        paragraphs: 0,
        below: Vec::new(),
        beside: false,
        asides: Vec::new(),
        carried: None,
        headless: None,
        apart: match document.format {
            Format::Xlsx | Format::Xls => Apart::Always,
            Format::Text => Apart::Never,
            Format::Docx | Format::Doc | Format::Wps | Format::Rtf | Format::Html | Format::Pdf | Format::Ofd | Format::Image => {
                Apart::FromText
            }
        },
    };
    finder.blocks(&document.blocks, None);
    finder.forms
}

/// The field that is being filled.
#[derive(Debug, Clone, Copy)]
struct Current {
    field: Field,
    reach: Reach,
    /// The table that its label stood in.
    table: Option<usize>,
}

/// Whether a label stands in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// In a cell that holds nothing else.
    OwnCell,
    /// In such a cell, which is all of its row.
    OwnRow,
    InTable,
    InText,
}

impl Standing {
    fn of(place: Place) -> Standing {
        if place.cell.is_some() { Standing::InTable } else { Standing::InText }
    }
}

/// How far a field's value reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// To the next label.
    Onward,
    /// Over the rows that its label's cell covers, of this table.
    Rows { table: usize, until: usize },
}

/// What a table is parted from by its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Apart {
    /// From everything: a sheet is a page of its own, and its notes (填表说明) go on with no section of another.
    Always,
    /// From the text behind it, and not from a table there.
    FromText,
    /// From nothing: lines with tabs in a plain text.
    Never,
}

struct Finder<'a> {
    labels: &'a Labels,
    forms: Vec<Located>,
    current: Option<Current>,
    /// The section that a row of no field of ours stands in the middle of; it goes on beneath.
    interrupted: Option<Current>,
    /// The cell that a label's own cell owns: what it begins with is value, whatever it looks like.
    value_cell: Option<(usize, usize, usize)>,
    /// Whether it is in a table within a section's cell.
    nested: bool,
    tables: usize,
    paragraphs: usize,
    /// Labels of a row that holds nothing else, by column: their values may stand beneath.
    below: Vec<(usize, Field)>,
    /// Whether the row has several cells.
    beside: bool,
    /// The columns of this table that explain the others.
    asides: Vec<usize>,
    /// The section that the table before this one ended in.
    carried: Option<Current>,
    /// The table in which a value stood beside something that is no label, before any label was met.
    headless: Option<usize>,
    /// What tables of this document are parted from.
    apart: Apart,
}

impl Finder<'_> {
    fn blocks(&mut self, blocks: &[Block], cell: Option<(usize, usize, usize)>) {
        let torn = cell.and_then(|cell| self.torn_label(blocks, cell));
        if let Some((label, _)) = &torn {
            self.paragraph(label, cell);
        }
        let mut blocks = blocks.iter().skip(torn.map_or(0, |(_, pieces)| pieces));
        while let Some(block) = blocks.next() {
            match block {
                Block::Paragraph(paragraph) => self.paragraph(paragraph, cell),
                Block::Table(table) => {
                    let outer = self.nested;
                    // A form in an outer table's cell is in no section of the form before it.
                    let around = cell.map(|(table, ..)| table);
                    let section = self.current.is_some_and(|current| current.field.is_section() && current.table == around);
                    self.nested = outer || (around.is_some() && section);
                    self.table(table);
                    self.nested = outer;
                    let next_is_table =
                        blocks.clone().find(|block| !is_empty_paragraph(block)).is_some_and(|block| matches!(block, Block::Table(_)));
                    let ends = self.apart == Apart::Always || !next_is_table;
                    if cell.is_some() || ends {
                        self.carried = None;
                    }
                    if cell.is_none() && ends && !self.goes_on_behind_table() {
                        self.current = None;
                    }
                }
            }
        }
    }

    /// A section whose label stands in the text goes on behind a table in it; in a plain text every value does.
    fn goes_on_behind_table(&self) -> bool {
        let section = self.current.is_some_and(|current| current.field.is_section() && current.table.is_none());
        section || self.apart == Apart::Never
    }

    /// `报送`, `单位` and `意见`, each a paragraph at the head of a cell, as a narrow column leaves a label that opens its field:
    /// one paragraph, and how many blocks it takes.
    fn torn_label(&self, blocks: &[Block], cell: (usize, usize, usize)) -> Option<(Paragraph, usize)> {
        let mut whole = Paragraph::default();
        let mut pieces = 0;
        let mut found = None;
        for (at, block) in blocks.iter().enumerate() {
            let Block::Paragraph(paragraph) = block else { break };
            if paragraph.is_blank() {
                continue;
            }
            // Prose is known at once, and so are pictures.
            if text_len(block) > 4 * LONGEST_LABEL || pieces == LONGEST_LABEL {
                break;
            }
            pieces += 1;
            whole.source = whole.source.or(paragraph.source);
            whole.inlines.extend(paragraph.inlines.iter().cloned());
            let text = whole.text();
            if text.trim().chars().count() > LONGEST_LABEL {
                break;
            }
            let place = Place { cell: Some(cell), paragraph: self.paragraphs + 1, source: whole.source };
            let label = self.labels.announced(text.trim_start()).filter(|label| label.form == LabelForm::Alone);
            let is_new = label.as_ref().is_some_and(|label| !self.has_met(label.field));
            let opens = label.is_some_and(|label| !self.begins_value(place) && self.opens(&label, &text, place));
            match pieces {
                // 案例介绍 is whole; 报送单位, which was met, goes on with 意见.
                1 if opens && is_new => break,
                1 => {}
                _ if opens => found = Some((whole.clone(), at + 1)),
                _ => {}
            }
        }
        found
    }

    fn paragraph(&mut self, paragraph: &Paragraph, cell: Option<(usize, usize, usize)>) {
        self.paragraphs += 1;
        let place = Place { cell, paragraph: self.paragraphs, source: paragraph.source };
        for inlines in split_at_labels(paragraph, self.labels) {
            self.line(inlines, place);
        }
    }

    fn line(&mut self, inlines: Vec<Inline>, place: Place) {
        let content = Inline::text(&inlines);
        let found =
            self.labels.announced(content.trim_start()).filter(|found| !self.begins_value(place) && self.opens(found, &content, place));
        let Some(found) = found else {
            self.append(Line { inlines, place });
            return;
        };
        let reach = match (place.cell, found.field.is_section()) {
            (Some((table, row, _)), false) => Reach::Rows { table, until: row },
            _ => Reach::Onward,
        };
        let value = after(&inlines, found.rest.trim_start().len());
        let (field, label) = (found.field, found.label.to_owned());
        self.open(field, &label, place, reach, Standing::of(place));
        let line = Line { inlines: value, place };
        if !line.is_blank() {
            self.append(line);
        }
    }

    fn open(&mut self, field: Field, label: &str, place: Place, reach: Reach, standing: Standing) {
        self.forget_letter(field, standing);
        let again = self.forms.last().is_some_and(|form| form.fields.contains_key(&field))
            && matches!(field, Field::Title | Field::Unit | Field::Category);
        if again {
            self.forms.push(Located::default());
        }
        self.interrupted = self.current.filter(|current| field == Field::Other && current.field.is_section());
        let table = place.cell.map(|(table, ..)| table);
        self.current = Some(Current { field, reach, table });
        let headless = self.headless.take();
        if let Some(form) = self.forms.last_mut() {
            // 成果名称 | 茶 over 报送单位 | 某所: the first row may be the title's.
            form.strays.any |= headless.is_some() && headless == table;
            form.fields.entry(field).or_insert_with(|| Slot {
                label: label.to_owned(),
                place,
                inline: !matches!(standing, Standing::OwnCell | Standing::OwnRow),
                filled: false,
                lines: Vec::new(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::CampaignFile;
    use crate::intake::document::{Limits, html};

    /// The texts of a field, in a form whose last rows hold these paragraphs, a cell each.
    fn text(field: Field, rows: &[&[&str]]) -> String {
        let cell = |paragraphs: &&[&str]| paragraphs.iter().map(|text| format!("<p>{text}</p>")).collect::<String>();
        let rows: String = rows.iter().map(|row| format!("<tr><td colspan=2>{}</td></tr>", cell(row))).collect();
        let head = "<tr><td>案例题目</td><td>某题目</td></tr><tr><td>报送单位</td><td>某所</td></tr>";
        let document = html::read_text(&format!("<table>{head}{rows}</table>"), &Limits::default()).unwrap();
        locate(&document, &Labels::new(&CampaignFile::builtin().unwrap().campaign.form)).remove(0).text(field).trim().to_owned()
    }

    #[test]
    fn a_label_torn_into_paragraphs_is_one_at_the_head_of_its_cell() {
        // Behind the materials 报送单位 would open a second form.
        let sections = [&["案例介绍", "服务企业。"][..], &["相关证明材料", "见附件"]];
        let rows = [&sections[..], &[&["报送单位", "意见", "同意报送。"]]].concat();
        assert_eq!(text(Field::Opinion, &rows), "同意报送。");
        for torn in [&["报送", "单位", "意见"][..], &["报送单位", "意见"], &["报", "", "送", "", "单", "", "位", "", "意", "", "见"]]
        {
            assert_eq!(text(Field::Opinion, &[&[torn, &["同意报送。"]].concat()]), "同意报送。", "{torn:?}");
        }
        for torn in [&["二、", "相", "关", "证", "明", "材", "料"][..], &["二、相关", "证明材料"]] {
            assert_eq!(text(Field::Materials, &[&[torn, &["获奖证书一份"]].concat()]), "获奖证书一份", "{torn:?}");
        }
    }

    #[test]
    fn prose_in_short_paragraphs_is_no_torn_label() {
        let prose = ["一、案例介绍", "报送", "单位", "意见", "其他", "材料", "传", "真", "完毕。"];
        assert_eq!(text(Field::Introduction, &[&prose]), prose[1..].join("\n"));
    }
}
