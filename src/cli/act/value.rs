//! What a person writes for a field, as the record keeps it: names resolved, numbers as national digits.

use crate::cli::list::{Desk, Name, resolve};
use crate::cli::{Failure, words};
use crate::intake::form::contact::{self, RegionKnown};
use crate::model::ruling::Field;
use serde_json::{Value, json};

/// The most characters of a text.
const LONGEST: usize = 200;
/// 联系人及电话, as the form has it in one cell.
const CONTACT: &str = "contact";

/// The fields that are meant; 联系人及电话 is two.
pub fn field(typed: &str) -> Result<Vec<Field>, Failure> {
    let mut names: Vec<Name> = Field::ALL.iter().map(|field| Name::new(field.as_str(), [field.label()])).collect();
    names.push(Name::new(CONTACT, ["联系人及电话"]));
    let exact = typed.trim();
    let key = match Field::ALL.iter().find(|field| field.as_str() == exact || field.label() == exact) {
        Some(field) => field.as_str().to_owned(),
        None if exact == CONTACT || exact == "联系人及电话" => CONTACT.to_owned(),
        None => resolve("栏目", typed, &names)?,
    };
    Ok(if key == CONTACT { vec![Field::ContactName, Field::Phones] } else { Field::parse(&key).into_iter().collect() })
}

/// The value of a field, as a person writes it.
pub fn parse(typed: &str, text: &str, desk: &Desk) -> Result<Vec<(Field, Value)>, Failure> {
    let fields = field(typed)?;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        return Err(Failure::usage(format!("“{typed}”没有写内容；恢复为申报表所写请用 --as-read")));
    }
    match fields.as_slice() {
        [one] => Ok(vec![(*one, single(*one, &text, desk)?)]),
        _ => both(&text),
    }
}

fn single(field: Field, text: &str, desk: &Desk) -> Result<Value, Failure> {
    let keys = |what: &str, names: &[Name]| -> Result<Vec<String>, Failure> {
        if text == "无" {
            return Ok(Vec::new());
        }
        let parts = text.split(['、', '，', ',', ';', '；']).map(str::trim).filter(|part| !part.is_empty());
        let mut keys: Vec<String> = parts.map(|part| resolve(what, part, names)).collect::<Result<_, _>>()?;
        let mut seen = std::collections::BTreeSet::new();
        keys.retain(|key| seen.insert(key.clone()));
        Ok(keys)
    };
    Ok(match field {
        Field::Title | Field::Unit | Field::CategoryOther | Field::ContactName => {
            if text.chars().count() > LONGEST {
                return Err(Failure::usage(format!("“{}”不超过{LONGEST}个字", field.label())));
            }
            json!(text)
        }
        Field::Region => match resolve("市州", text, &desk.regions())?.as_str() {
            "unknown" => return Err(Failure::usage("市州请写明是哪一个；恢复为申报表所写请用 --as-read 市州")),
            region => json!(region),
        },
        Field::Channel => json!(resolve("渠道", text, &Name::all(words::CHANNELS))?),
        Field::Categories => match keys("类别", &desk.categories())? {
            keys if keys.is_empty() => return Err(Failure::usage("案例分类至少写一个")),
            keys => json!(keys),
        },
        Field::FocusAreas => json!(keys("方面", &desk.focus_areas())?),
        Field::Phones => match both(text)?.into_iter().find(|(field, _)| *field == Field::Phones) {
            Some((_, phones)) => phones,
            None => Value::Null,
        },
        Field::Seal => match resolve("公章", text, &Name::all(words::SEALS))?.as_str() {
            "unverified" => return Err(Failure::usage("公章请写 present（有）或 absent（没有）")),
            seal => json!(seal),
        },
        Field::Introduction | Field::Opinion => return Err(Failure::usage(format!("“{}”请单独写", field.label()))),
        Field::Status => return Err(Failure::usage("状态请用 zhihui case return 或 zhihui case withdraw；恢复请用 --as-read 状态")),
    })
}

/// A name and numbers, by the same rules as in the form.
fn both(text: &str) -> Result<Vec<(Field, Value)>, Failure> {
    let read = contact::read(text, RegionKnown::Yes);
    if read.invalid.is_some() || read.all.iter().all(|contact| contact.phones.is_empty()) {
        return Err(Failure::usage("电话号码不完整或有误，请写手机号码或带区号的座机号码"));
    }
    let phones: Vec<&String> = read.all.iter().flat_map(|contact| &contact.phones).collect();
    let name = read.all.iter().find_map(|contact| contact.name.as_ref());
    let name = name.map(|name| (Field::ContactName, json!(name)));
    Ok(name.into_iter().chain([(Field::Phones, json!(phones))]).collect())
}

/// 其它 needs its text.
pub fn check_other(values: &[(Field, Value)]) -> Result<(), Failure> {
    let of = |wanted: Field| values.iter().find(|(field, _)| *field == wanted).map(|(_, value)| value);
    let ticks_other = of(Field::Categories).and_then(Value::as_array).is_some_and(|keys| keys.contains(&json!("other")));
    if ticks_other && of(Field::CategoryOther).is_none() {
        return Err(Failure::usage("案例分类为“其它”的，请同时写明：--field 其它类别=…"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_go_by_key_and_by_their_word() {
        assert_eq!(field("title").unwrap(), [Field::Title]);
        assert_eq!(field("案例题目").unwrap(), [Field::Title]);
        assert_eq!(field("联系人").unwrap(), [Field::ContactName]);
        assert_eq!(field("联系人及电话").unwrap(), [Field::ContactName, Field::Phones]);
        assert_eq!(field("tilte").unwrap_err().code, 2);
    }

    #[test]
    fn numbers_are_kept_as_in_a_form_and_other_wants_its_text() {
        let contact = both("李明 １９９ ００００ ００３７ / 0719—5526248转801").unwrap();
        assert_eq!(contact, [(Field::ContactName, json!("李明")), (Field::Phones, json!(["19900000037", "0719-5526248转801"]))]);
        assert!(both("李明 12345").is_err() && both("李明").is_err());
        assert!(check_other(&[(Field::Categories, json!(["other"]))]).is_err());
        assert!(check_other(&[(Field::Categories, json!(["other"])), (Field::CategoryOther, json!("品牌"))]).is_ok());
    }
}
