//! A wrong command line, told in Chinese: what is wrong, how the command is written, and where its help is.
//!
//! clap's own sentences are English. Its kinds and their context are taken, its words are not.

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// What a person reads; none where it is no mistake but the help or the version, which clap prints itself.
pub fn told(error: &clap::Error) -> Option<String> {
    let sentence = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => return None,
        kind => sentence(kind, &|context| error.get(context).map(words)),
    };
    let usage = error.get(ContextKind::Usage).map(words).unwrap_or_default();
    let usage = usage.trim_start_matches("Usage:").trim();
    let command = command(usage);
    let usage = if usage.is_empty() { String::new() } else { format!("\n用法：{usage}") };
    Some(format!("{sentence}{usage}\n{command} --help   看用法和示例"))
}

/// The words of a command, without what is put in their place: `zhihui case list`.
fn command(usage: &str) -> String {
    let words: Vec<&str> = usage.split_whitespace().take_while(|word| !word.starts_with(['[', '<', '-'])).collect();
    if words.is_empty() { "zhihui".to_owned() } else { words.join(" ") }
}

fn sentence(kind: ErrorKind, of: &dyn Fn(ContextKind) -> Option<String>) -> String {
    let argument = of(ContextKind::InvalidArg).unwrap_or_default();
    let value = of(ContextKind::InvalidValue).unwrap_or_default();
    let perhaps = |context| of(context).map(|word| format!("，是否想写“{word}”")).unwrap_or_default();
    match kind {
        ErrorKind::InvalidSubcommand => {
            let command = of(ContextKind::InvalidSubcommand).unwrap_or_default();
            format!("没有“{command}”这个命令{}", perhaps(ContextKind::SuggestedSubcommand))
        }
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            format!("没有“{argument}”这个选项{}", perhaps(ContextKind::SuggestedArg))
        }
        ErrorKind::UnknownArgument => format!("多写了“{argument}”"),
        ErrorKind::MissingRequiredArgument => format!("还缺少：{argument}"),
        ErrorKind::MissingSubcommand => "还缺少命令".to_owned(),
        ErrorKind::InvalidValue if value.is_empty() => format!("“{argument}”后面要写上内容"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let possible = of(ContextKind::ValidValue).map(|values| format!("，可以写：{values}")).unwrap_or_default();
            format!("“{argument}”不能写成“{value}”{possible}{}", perhaps(ContextKind::SuggestedValue))
        }
        ErrorKind::NoEquals => format!("“{argument}”后面要用等号写上内容"),
        ErrorKind::TooManyValues => format!("“{argument}”多写了“{value}”"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => format!("“{argument}”后面的内容个数不对"),
        ErrorKind::ArgumentConflict => match of(ContextKind::PriorArg) {
            Some(prior) if prior != argument => format!("“{argument}”不能与“{prior}”同时使用"),
            _ => format!("“{argument}”只能写一次"),
        },
        ErrorKind::InvalidUtf8 => "命令行中有不是 UTF-8 的文字".to_owned(),
        _ => "命令写得不对".to_owned(),
    }
}

fn words(value: &ContextValue) -> String {
    match value {
        ContextValue::None => String::new(),
        ContextValue::Strings(items) => items.join("、"),
        ContextValue::StyledStrs(items) => items.iter().map(ToString::to_string).collect::<Vec<_>>().join("、"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_help_of_what_was_meant_is_what_is_typed_next() {
        for (usage, command) in [
            ("zhihui case edit [选项] --field <栏目=内容> --reason <原因> <编号>...", "zhihui case edit"),
            ("zhihui [选项] <命令>", "zhihui"),
            ("", "zhihui"),
        ] {
            assert_eq!(super::command(usage), command);
        }
    }
}
