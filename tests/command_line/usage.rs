//! What is typed wrongly, and what is typed where there is nothing yet: each ends with what to type next.

use super::{CONFIG, done, fails, with_config, zhihui};

#[test]
fn what_is_no_command_is_a_mistake_of_usage() {
    let folder = with_config(CONFIG);
    for (arguments, words) in [
        (&["frobnicate"][..], &["没有“frobnicate”这个命令", "用法：zhihui"][..]),
        (&["case", "lst"], &["没有“lst”这个命令", "是否想写“list”"]),
        (&["case", "list", "--limt", "1"], &["没有“--limt”这个选项", "是否想写“--limit”"]),
        (&["case", "list", "--format", "xml"], &["“--format <格式>”不能写成“xml”", "可以写：table、json、jsonl、csv"]),
        (&["case", "list", "--limit"], &["“--limit <条数>”后面要写上内容"]),
        (&["case", "list", "--limit", "1", "--limit", "2"], &["“--limit <条数>”只能写一次"]),
        (&["case", "list", "\u{1b}[2J"], &["多写了“\\u{1b}[2J”"]),
        (&["inspect"], &["还缺少：<路径>...", "用法：zhihui inspect"]),
        (&["outbox", "hold", "x"], &["“<序号>...”不能写成“x”"]),
        (&["quarantine", "dismiss", "1"], &["还缺少：--reason <原因>"]),
    ] {
        fails(&folder, arguments, 2, words);
        let said = String::from_utf8_lossy(&zhihui(&folder, arguments).stderr).into_owned();
        assert!(["error", "Usage", "tip"].iter().all(|word| !said.contains(word)) && said.contains("--help"), "{said}");
    }
    let empty = zhihui(&folder, &["--config", "zhihui.toml", "case", "list", "--format", "json"]);
    assert_eq!((empty.status.code(), empty.stdout.trim_ascii()), (Some(0), &b"[]"[..]));
    assert!(String::from_utf8_lossy(&empty.stderr).contains("尚无数据库"), "a wrong path doesn't look like an empty desk");
    done(&folder, &["--config", "zhihui.toml", "poll"]);
    for (arguments, words) in [
        (["--since", "gestern"], &["gestern", "2023-06-01", "上周一"][..]),
        (["--region", "十言"], &["没有“十言”这个市州", "是否想写“十堰”", "神农架"]),
        (["--region", "荆"], &["可以指几个市州", "荆门", "荆州"]),
        (["--category", "metrolgy"], &["是否想写“计量”", "知识产权"]),
        (["--status", "held"], &["没有“held”这个状态", "待补正（needs_correction）"]),
        (["--window", "13月"], &["没有“13月”这个窗口", "2023年6月（2023-06）"]),
        (["--campaign", "2022"], &["没有“2022”这个征集活动", "2023"]),
        (["--view", "待补证"], &["是否想写“待补正”", "待并案"]),
        (["--sort", "-receivedat"], &["是否想写“收到”"]),
        (["--columns", "number,titel"], &["没有“titel”这一列", "是否想写“title”", "unit（报送单位）"]),
        (["--json", "window"], &["没有“window”这一列", "month（月份）"]),
    ] {
        fails(&folder, &[&["--config", "zhihui.toml", "case", "list"][..], &arguments].concat(), 2, words);
    }
    let help = done(&folder, &["--help"]);
    assert!(["poll", "demo", "inspect", "case"].iter().all(|name| help.contains(name)) && !help.contains("worker"), "{help}");
}

/// A coordinator who has never seen it: whatever is typed, the last thing on the screen is something to type.
#[test]
fn everything_that_goes_nowhere_ends_with_what_to_type_next() {
    let folder = with_config(CONFIG);
    let with = |arguments: &[&str]| -> (Option<i32>, String) {
        let output = zhihui(&folder, &[&["--config", "zhihui.toml"], arguments].concat());
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("UTF-8")).concat();
        (output.status.code(), said)
    };
    done(&folder, &["--config", "zhihui.toml", "poll"]);
    // Nothing is there yet.
    for (arguments, next) in [
        (&["case", "list"][..], "zhihui poll"),
        (&["case", "list", "--region", "十堰"], "zhihui case list"),
        (&["case", "overdue"], "zhihui case list --view 待补正"),
        (&["case", "search", "计量"], "zhihui case list --unit"),
        (&["message", "list"], "zhihui poll"),
        (&["outbox", "list"], "zhihui message list"),
        (&["quarantine", "list"], "zhihui message list"),
        (&["approval", "list"], "zhihui audit list --act approval"),
        (&["roster", "list"], "zhihui roster import --help"),
        (&["roster", "list", "--region", "十堰"], "zhihui roster list"),
        (&["audit", "list", "--actor", "nobody"], "zhihui audit list"),
        (&["node", "list"], "zhihui run"),
        (&["activity", "list", "--text", "没有"], "zhihui activity list"),
        (&["review", "list"], "zhihui review open"),
        (&["publish", "list"], "zhihui review select"),
        (&["refer", "list"], "zhihui refer --help"),
    ] {
        let (code, said) = with(arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {said}");
        let last = said.lines().last().unwrap_or_default();
        assert!(last.contains(next), "{arguments:?} ends with {last:?}");
    }
    // What is named is not there.
    for (arguments, next) in [
        (&["case", "show", "JCZH-2023-0001"][..], "zhihui case list"),
        (&["case", "explain", "x"], "zhihui case list"),
        (&["case", "export", "JCZH-2023-0001", "--to", "x"], "zhihui case list"),
        (&["case", "assign", "JCZH-2023-0001", "李某", "--reason", "分工", "--yes"], "zhihui case list"),
        (&["case", "merge", "3", "--reason", "x", "--yes"], "zhihui case list"),
        (&["case", "separate", "3", "--reason", "x", "--yes"], "zhihui case list"),
        (&["case", "admit", "JCZH-2023-0001", "--window", "下半年", "--reason", "x", "--yes"], "zhihui case list"),
        (&["case", "answer", "3", "--text", "-", "--reason", "x", "--yes"], "zhihui message list"),
        (&["case", "reread", "JCZH-2023-0001", "--dry-run"], "zhihui case list"),
        (&["message", "show", "3"], "zhihui message list"),
        (&["message", "export", "3"], "zhihui message list"),
        (&["outbox", "show", "3"], "zhihui outbox list"),
        (&["outbox", "release", "3"], "zhihui outbox list"),
        (&["quarantine", "show", "3"], "zhihui quarantine list"),
        (&["quarantine", "replay", "3"], "zhihui quarantine list"),
        (&["privacy", "hold", "JCZH-2023-0001", "--reason", "x", "--yes"], "zhihui case list"),
        (&["window", "freeze", "2022-H1"], "2023-H1"),
    ] {
        let (code, said) = with(arguments);
        assert!(code == Some(1) || code == Some(2), "{arguments:?}: {code:?} {said}");
        let last = said.lines().last().unwrap_or_default();
        assert!(last.contains(next), "{arguments:?} ends with {last:?}");
    }
}
