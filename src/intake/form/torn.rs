//! Whether a value was torn, where cells were worked out from where words stand.

use super::locate::Located;
use super::units::is_unit_name;
use crate::intake::form::ticks;
use crate::intake::labels::Field;
use crate::intake::text;
use crate::model::campaign::CategoryRule;

/// Short fields that begin or end in the middle of something: in a bracket, with options of 案例分类, or with words that
/// end no unit's name; the contact with options of 案例分类; and these without all of the options that the form prints.
pub(super) fn fields(located: &Located, rules: &[CategoryRule]) -> Vec<Field> {
    let short = [Field::Title, Field::Unit].into_iter().filter(|field| is_torn(*field, &located.text(*field)));
    let contact =
        [Field::Contact, Field::ContactName, Field::ContactPhone].into_iter().any(|field| holds_options(&located.text(field), rules));
    let options = lacks_options(&located.text(Field::Category), rules);
    short.chain(contact.then_some(Field::Contact)).chain(options.then_some(Field::Category)).collect()
}

fn holds_options(content: &str, rules: &[CategoryRule]) -> bool {
    let boxed = content.contains(['□', '☐', '☑', '○']);
    boxed || rules.iter().filter(|rule| rule.on_form && content.contains(rule.label.as_str())).count() >= 2
}

/// Marks or boxes beside some of the options, of which others are missing.
fn lacks_options(content: &str, rules: &[CategoryRule]) -> bool {
    let printed = || rules.iter().filter(|rule| rule.on_form);
    let stands = |rule: &&CategoryRule| std::iter::once(&rule.label).chain(&rule.aliases).any(|word| content.contains(word.as_str()));
    content.contains(ticks::is_tick) && printed().any(|rule| stands(&rule)) && !printed().all(|rule| stands(&rule))
}

fn is_torn(field: Field, content: &str) -> bool {
    let names_no_unit = || {
        let names = text::narrowed(content);
        let mut names = names.split(['\n', '、', ';', ',', '/']).map(str::trim).filter(|name| !name.is_empty());
        field == Field::Unit && names.next_back().is_some_and(|name| !is_unit_name(&super::units::without_stamp_hint(name)))
    };
    // ’ is an apostrophe too.
    crosses(content, &['(', '（'], &[')', '）'])
        || crosses(content, &['《'], &['》'])
        || crosses(content, &['〈'], &['〉'])
        || crosses(content, &['“'], &['”'])
        || content.contains(['□', '☐', '☑', '○'])
        || names_no_unit()
}

/// Whether a bracket closes that was not opened, or stays open, or another opens within it.
fn crosses(content: &str, open: &[char], close: &[char]) -> bool {
    let mut depth = 0_usize;
    for c in content.chars() {
        if open.contains(&c) {
            depth += 1;
            if depth > 1 {
                return true;
            }
        } else if close.contains(&c) {
            let Some(outer) = depth.checked_sub(1) else { return true };
            depth = outer;
        }
    }
    depth > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_label_left_in_a_value_is_seen() {
        for torn in ["名称（全 荆门市检验所（原荆门市局）称）", "某局）", "某检测中心（十堰", "□标准 某局", "荆门市检验所称", "单位名称"]
        {
            assert!(is_torn(Field::Unit, torn), "{torn}");
        }
        for whole in ["荆门市检验所（原荆门市局）", "某局、某某大学", "某某检测有限公司（盖章）", "", "国家中心（湖北·荆州）"]
        {
            assert!(!is_torn(Field::Unit, whole), "{whole}");
        }
        assert!(is_torn(Field::Title, "《茶叶") && !is_torn(Field::Title, "“一站式”服务（二期）"));
        for whole in ["《“一站式”服务》", "贯彻《湖北省〈计量法〉实施办法》的实践", "“以‘质’取胜”", "Let’s Go计量服务", "企业’一站式‘服务"]
        {
            assert!(!is_torn(Field::Title, whole), "{whole}");
        }
    }
}
