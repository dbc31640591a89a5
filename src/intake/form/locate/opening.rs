//! Which labels open a field where they stand: each once a form, and within the long sections only what has not been met.

use super::cells::{cell_text, only_filled, source_of};
use super::{Current, Finder, Line, Place, Reach, Standing};
use crate::intake::form::{introduction, ticks};
use crate::intake::labels::{Announced, Field, LabelForm};
use crate::intake::text;
use crate::model::document::{Inline, Row};

impl Finder<'_> {
    /// Whether the line is the first of a cell beside its label: 案例题目 | 标准：一个题目.
    pub(super) fn begins_value(&self, place: Place) -> bool {
        let slot = self.current.filter(|current| current.field != Field::Other);
        let slot = slot.and_then(|current| self.forms.last()?.slot(current.field));
        place.cell.is_some() && place.cell == self.value_cell && slot.is_some_and(|slot| !slot.filled)
    }

    /// Whether a label at the head of a line opens its field here.
    pub(super) fn opens(&self, found: &Announced<'_>, line: &str, place: Place) -> bool {
        let standing = Standing::of(place);
        match found.form {
            LabelForm::Alone | LabelForm::Colon => {
                self.ends_with_anothers(found)
                    || self.may_open(found.field, standing)
                    || self.goes_on(found.field, line)
                    || found.form == LabelForm::Alone && self.awaits(found.field)
            }
            // “报送单位 某某局”: only where nothing else is being filled, since prose begins like that too.
            LabelForm::Blank => {
                let tabbed = line.contains(&format!("{}\t", found.label));
                let in_section = self.current.is_some_and(|current| current.field.is_section());
                // Of lines in columns a tab is the room between them; prose has none there.
                let next = tabbed && standing == Standing::InText && matches!(found.field, Field::Materials | Field::Opinion);
                self.may_open(found.field, standing)
                    && (next || stands_in_lines(found.label, line) || !in_section && (tabbed || found.field != Field::Other))
            }
        }
    }

    /// 二、案例内容 as a heading over a table, and 案例介绍 as the label in it: until words come it is announced only.
    pub(super) fn awaits(&self, section: Field) -> bool {
        let own = |current: &Current| current.field == section && section.is_section();
        let slot = self.current.filter(own).and_then(|current| self.forms.last()?.slot(current.field));
        slot.is_some_and(|slot| !slot.filled)
    }

    /// `案例介绍（续）`: the label of a section once more, where a page or a table broke it off.
    pub(super) fn goes_on(&self, field: Field, label: &str) -> bool {
        let label = label.trim_end().trim_end_matches([':', '：']);
        let hint = label.rfind(['(', '（']).and_then(|at| label.get(at..));
        field.is_section() && self.has_met(field) && hint.is_some_and(introduction::goes_on)
    }

    /// Below the unit's own opinion others give theirs: 市场监管局推荐意见.
    pub(super) fn ends_with_anothers(&self, found: &Announced<'_>) -> bool {
        const OTHERS: [&str; 7] = ["局", "厅", "部门", "推荐", "专家", "处室", "协会"];
        let below = self.current.is_some_and(|current| matches!(current.field, Field::Opinion | Field::Materials));
        below && found.field == Field::Other && found.label.contains("意见") && OTHERS.iter().any(|word| found.label.contains(word))
    }

    /// A label counts once a form; within a long section it counts only for what has not been met. What a
    /// covering letter says before the form's table gives way to the table.
    pub(super) fn may_open(&self, field: Field, standing: Standing) -> bool {
        let in_section = self.current.is_some_and(|current| current.field.is_section());
        let met = self.has_met(field) && (in_section || !self.is_of_a_letter(field, standing));
        match field {
            Field::Other | Field::JointUnit => !in_section,
            // “单位名称：某企业” in a unit's prose, or a table of enterprises there, begins no further form.
            Field::Title | Field::Unit if met => {
                let prose = self.nested || self.current.is_some_and(|current| current.field == Field::Introduction);
                !prose && self.form_is_complete()
            }
            // A further form may begin with 案例分类: behind the opinion nothing else of this one comes.
            Field::Category if met && !in_section && self.category_is_a_domain() => true,
            Field::Category if met => {
                let below = self.current.is_none_or(|current| current.field == Field::Opinion);
                standing != Standing::InText && below && self.has_met(Field::Opinion) && self.form_is_complete()
            }
            // “填表人：某某 联系电话：…” at the foot of a form whose table names the contact.
            Field::Contact | Field::ContactName | Field::ContactPhone if standing == Standing::InText && self.contact_is_in_table() => {
                false
            }
            // “联系人：某报记者” among the evidence is nobody's contact.
            Field::ContactName | Field::ContactPhone if in_section && self.has_met(Field::Contact) => false,
            _ => !met,
        }
    }

    /// 所属领域 | 高端装备 above the form's own row: until ticks come, a domain may be no category at all.
    fn category_is_a_domain(&self) -> bool {
        let slot = self.forms.last().and_then(|form| form.slot(Field::Category));
        let named = slot.filter(|slot| text::key(&slot.label).ends_with("领域"));
        let ticks =
            |line: &Line| line.inlines.iter().any(|inline| matches!(inline, Inline::Tick(_))) || line.text().contains(ticks::is_tick);
        named.is_some_and(|slot| !slot.lines.iter().any(ticks))
    }

    fn contact_is_in_table(&self) -> bool {
        let in_table = |field| self.forms.last().and_then(|form| form.slot(field)).is_some_and(|slot| slot.place.cell.is_some());
        [Field::Contact, Field::ContactName, Field::ContactPhone].into_iter().any(in_table)
    }

    pub(super) fn has_met(&self, field: Field) -> bool {
        self.forms.last().is_some_and(|form| form.fields.contains_key(&field))
    }

    /// Whether the field was met in the text before this form: before its table, or before its title and unit;
    /// or in a line (填表说明：1.案例题目：应简明扼要) before a cell of its own.
    fn is_of_a_letter(&self, field: Field, standing: Standing) -> bool {
        let Some((form, slot)) = self.forms.last().and_then(|form| Some((form, form.slot(field)?))) else { return false };
        let leads = |of: Field| of != field && form.slot(of).is_some_and(|of| of.place.paragraph > slot.place.paragraph);
        let in_text = slot.place.cell.is_none();
        let before = match standing {
            Standing::OwnCell | Standing::OwnRow => in_text || slot.inline,
            Standing::InTable => in_text,
            Standing::InText => in_text && leads(Field::Title) && leads(Field::Unit),
        };
        before && !form.fields().any(|(field, _)| field.is_section())
    }

    /// Drops what a covering letter said of a field, or of the contact in other words, where the table says it; and a
    /// domain where the category comes.
    pub(super) fn forget_letter(&mut self, field: Field, standing: Standing) {
        const CONTACT: [Field; 3] = [Field::Contact, Field::ContactName, Field::ContactPhone];
        let same: &[Field] = if CONTACT.contains(&field) { &CONTACT } else { &[field] };
        let is_domain = field == Field::Category && self.category_is_a_domain();
        // A name and a number in lines and cells of one table belong together.
        let in_text = |of: Field| self.forms.last().and_then(|form| form.slot(of)).is_some_and(|slot| slot.place.cell.is_none());
        let apart = |of: Field| of == field || of == Field::Contact || field == Field::Contact || in_text(of);
        // “联系人：张三” over “联系方式：” in rows of one cell each: the one is no less the form's than the other.
        let standing_to = |of: Field| if of != field && standing == Standing::OwnRow { Standing::InTable } else { standing };
        let gives_way = |of: Field| is_domain || self.is_of_a_letter(of, standing_to(of));
        let dropped: Vec<Field> = same.iter().copied().filter(|of| apart(*of) && gives_way(*of)).collect();
        if let Some(form) = self.forms.last_mut() {
            dropped.iter().for_each(|field| {
                form.fields.remove(field);
            });
        }
    }

    /// An introduction whose label is gone: the row holds nothing but a cell with headings of its parts, or begins with one,
    /// and the next stands in such a row a little below.
    pub(super) fn open_by_headings(&mut self, row: &Row, beneath: &[Row], (table, number): (usize, usize)) {
        const BELOW: usize = 6;
        let lacks = self.forms.last().is_some_and(|form| form.is_form() && form.slot(Field::Introduction).is_none());
        let in_section = self.current.is_some_and(|current| current.field.is_section());
        let Some((index, cell)) = only_filled(row).filter(|_| lacks && !in_section && !self.nested) else { return };
        let wording = self.labels.wording();
        let mut content = cell_text(cell);
        if content.trim_start().lines().next().is_some_and(|line| wording.headings.opened_by(line).is_some()) {
            let alone = |row| only_filled(row).filter(|(_, cell)| self.lone_label(cell).is_none());
            for (_, cell) in beneath.iter().take(BELOW).map_while(alone) {
                content.push('\n');
                content.push_str(&cell_text(cell));
            }
        }
        // A label at the head of the same cell opens it by itself.
        let labelled = |line: &str| self.labels.announced(line.trim_start()).is_some_and(|found| found.field == Field::Introduction);
        if content.split('\n').any(labelled) {
            return;
        }
        let Some(heading) = wording.heads_several_parts(&content) else { return };
        let place = Place { cell: Some((table, number, index + 1)), paragraph: self.paragraphs + 1, source: source_of(cell) };
        self.open(Field::Introduction, heading, place, Reach::Onward, Standing::InTable);
    }

    fn form_is_complete(&self) -> bool {
        self.forms.last().is_some_and(|form| {
            form.is_form() && (form.fields.contains_key(&Field::Introduction) || form.fields.contains_key(&Field::Opinion))
        })
    }
}

/// `报送⏎单位⏎意见⏎同意报送`: a label that its cell's lines tear, and a line of its own.
fn stands_in_lines(label: &str, line: &str) -> bool {
    let behind = line.split_once(label).map(|(_, behind)| behind.trim_start_matches([' ', '\u{3000}', '：', ':']));
    label.contains('\n') && behind.is_some_and(|behind| behind.starts_with('\n'))
}
