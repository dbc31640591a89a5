//! The options by which any list is ordered, cut and shaped, for lists that are put together in memory or narrowed by
//! options of their own.

use super::{Query, apart, resolve};
use crate::cli::Failure;
use crate::cli::list::names::Name;
use crate::cli::output::{Field, Format, Shape};
use crate::store::Filter;
use clap::Args;
use serde::Serialize;
use serde_json::Value;
use std::cmp::Ordering;
use std::path::PathBuf;

/// 每个列表共用的排列方式
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "选项")]
pub struct ShapeArgs {
    /// 按哪几列排序，用列名或键，加 - 从大到小，如 市州,-收到
    #[arg(long, value_name = "列", allow_hyphen_values = true)]
    pub(super) sort: Option<String>,
    /// 显示哪几列，用列名或键，如 编号,title
    #[arg(long, value_name = "列")]
    pub(super) columns: Option<String>,
    /// 只输出这几项的 JSON，用键，如 number,title
    #[arg(long, value_name = "项", conflicts_with_all = ["columns", "format"])]
    json: Option<String>,
    /// 最多列出几条，默认全部
    #[arg(long, value_name = "条数", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
    /// 输出格式：table、json、jsonl、csv 或 xlsx，默认 table
    #[arg(long, value_enum, default_value_t = Format::Table, value_name = "格式", hide_possible_values = true, hide_default_value = true)]
    pub format: Format,
    /// 写到文件里，文件须还不存在
    #[arg(long, value_name = "文件")]
    to: Option<PathBuf>,
}

impl ShapeArgs {
    /// Whether it is for people, and no columns were chosen.
    pub fn is_plain(&self) -> bool {
        self.format == Format::Table && self.json.is_none() && self.columns.is_none() && self.to.is_none()
    }

    /// Orders, cuts and prints rows that are all there is.
    pub fn print<T: Serialize>(&self, rows: Vec<T>, fields: &'static [Field<T>], measure: &'static str) -> Result<(), Failure> {
        let all = rows.len();
        let mut rows = self.ordered(rows, fields)?;
        rows.truncate(self.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX));
        self.print_part(&rows, fields, measure, u64::try_from(all).ok())
    }

    /// Prints rows that were cut before; `all` tells how many there would be.
    pub fn print_part<T: Serialize>(
        &self,
        rows: &[T],
        fields: &'static [Field<T>],
        measure: &'static str,
        all: Option<u64>,
    ) -> Result<(), Failure> {
        Query { filter: Filter::default(), shape: self.shape(), measure, elsewhere: None }.print(rows, fields, all, &[])
    }

    /// What a view says, where nothing else is typed.
    pub(super) fn over(self, sort: Option<String>, columns: Option<String>) -> ShapeArgs {
        ShapeArgs { sort: self.sort.or(sort), columns: self.columns.or(columns), ..self }
    }

    /// As it is printed.
    pub(super) fn shape(&self) -> Shape {
        let (format, keys) = match &self.json {
            Some(keys) => (Format::Json, Some(keys)),
            None => (self.format, self.columns.as_ref()),
        };
        Shape { format, keys: keys.map(|keys| apart(keys)).unwrap_or_default(), to: self.to.clone() }
    }

    /// In the order that is asked for, by what JSON holds; what has no value comes last.
    pub fn ordered<T: Serialize>(&self, rows: Vec<T>, fields: &'static [Field<T>]) -> Result<Vec<T>, Failure> {
        let Some(sort) = &self.sort else { return Ok(rows) };
        let names: Vec<Name> = fields.iter().map(|field| Name::new(field.key, [field.heading])).collect();
        let keys: Vec<(String, bool)> = apart(sort)
            .iter()
            .map(|part| {
                let name = part.strip_prefix(['-', '－']);
                Ok((resolve("排序列", name.unwrap_or(part), &names)?, name.is_some()))
            })
            .collect::<Result<_, Failure>>()?;
        let values = |row: &T| -> Result<Vec<Value>, Failure> {
            let mut value = serde_json::to_value(row).map_err(Failure::failed)?;
            Ok(keys.iter().map(|(key, _)| value.get_mut(key).map(Value::take).unwrap_or_default()).collect())
        };
        let mut keyed = rows.into_iter().map(|row| Ok((values(&row)?, row))).collect::<Result<Vec<_>, Failure>>()?;
        keyed.sort_by(|(one, _), (other, _)| {
            let each = one.iter().zip(other).zip(&keys).map(|((one, other), (_, descends))| compared(one, other, *descends));
            each.fold(Ordering::Equal, Ordering::then)
        });
        Ok(keyed.into_iter().map(|(_, row)| row).collect())
    }
}

fn compared(one: &Value, other: &Value, descends: bool) -> Ordering {
    let order = match (one, other) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => return Ordering::Greater,
        (_, Value::Null) => return Ordering::Less,
        (Value::Number(one), Value::Number(other)) => one.as_f64().partial_cmp(&other.as_f64()).unwrap_or(Ordering::Equal),
        (Value::String(one), Value::String(other)) => one.cmp(other),
        (one, other) => one.to_string().cmp(&other.to_string()),
    };
    if descends { order.reverse() } else { order }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Serialize)]
    struct Row {
        name: &'static str,
        count: u64,
        at: Option<&'static str>,
    }

    type Key = Field<Row>;

    const FIELDS: &[Key] = &[
        Key::new("name", "名称", |row| row.name.into()),
        Key::new("count", "件数", |row| row.count.to_string()),
        Key::new("at", "时刻", |row| row.at.unwrap_or_default().into()),
    ];

    fn sorted(by: &str) -> String {
        let rows = vec![
            Row { name: "甲", count: 10, at: None },
            Row { name: "乙", count: 9, at: Some("2023-06-01") },
            Row { name: "丙", count: 10, at: Some("2023-05-01") },
        ];
        let args = ShapeArgs { sort: Some(by.into()), ..ShapeArgs::default() };
        args.ordered(rows, FIELDS).unwrap().iter().map(|row| row.name).collect()
    }

    #[test]
    fn rows_are_ordered_by_what_they_hold_and_what_holds_nothing_comes_last() {
        assert_eq!(sorted("count"), "乙甲丙", "as numbers, and otherwise as they came");
        assert_eq!(sorted("-件数,at"), "丙甲乙");
        assert_eq!([sorted("at"), sorted("-at")], ["丙乙甲", "乙丙甲"]);
        let args = ShapeArgs { sort: Some("cuont".into()), ..ShapeArgs::default() };
        assert!(args.ordered(Vec::new(), FIELDS).unwrap_err().message.contains("是否想写“件数”"));
    }
}
