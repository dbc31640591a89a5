//! People whom only the text names. A surname with one or two characters behind it is somebody's name where it stands beside
//! a post (总工程师王某某, 张三教授带领团队) or after 由 and before what somebody does, and where it can't go on as another
//! word. What could be a name and could be something else (高明教授, 由金石牵头) is told, and nothing is done to it: words of
//! a case that are taken out wrongly can't be judged.

use crate::report::publish::personal::DOUBLE;
use aho_corasick::{AhoCorasick, MatchKind};
use std::sync::LazyLock;

/// Surnames that begin few other words.
const SURNAMES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱郭何林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁沈姚卢姜崔钟谭陆汪范廖邹熊孟秦邱侯薛阎郝龚邵戴夏顾龙尹傅骆祁詹涂柯聂黎殷庞樊翁芦闵";
/// Surnames that stand in many other words: a name that begins so is told.
const DOUBTFUL: &str = "高方常任金石江武马温严段雷汤康毛史贺万钱易乔孔施华白文路鲁付祝安倪欧喻柳洪";
/// What begins like a name and is none. Lists of words stand with blanks between.
const WORDS: &str = "王牌 张贴 张力 张家界 陈列 陈述 陈旧 陈设 杨树 黄石 黄冈 黄金 黄陂 黄梅 黄河 周边 周期 周年 周末 周围 周密 \
    周转 周知 周全 徐州 胡同 何种 何时 何处 何以 何地 林业 林区 林木 林果 林草 林学 罗列 罗田 郑重 郑州 谢谢 \
    唐山 许可 许多 许昌 韩国 曾任 曾经 曾获 曾都 曾先 田间 田野 田头 董事 余家 余名 余件 余次 余项 余万 余人 \
    余台 余份 余额 杜绝 叶片 程序 程度 程控 苏州 苏打 丁基 丁类 沈阳 姜黄 钟祥 陆续 陆地 陆路 陆军 范围 范例 \
    范本 范畴 范式 熊猫 孟加拉 秦皇岛 夏季 夏天 顾问 顾客 顾虑 龙头 龙门 龙虾 高级 高校 高层 高度 高质 高新 \
    高端 高效 高温 高压 高中 高职 高水 高精 高技 高分 方面 方法 方案 方向 方式 方便 常务 常年 常态 常规 常委 \
    任职 任务 任期 金融 金属 金额 石油 石化 石材 江苏 江西 江汉 江北 江南 江夏 江陵 江岸 武汉 武昌 武穴 武当 \
    马上 马力 温度 温控 温室 严格 严谨 严肃 严把 段落 雷达 汤料 毛利 毛纺 史料 贺信 万元 万人 万名 万家 易于 \
    施工 华中 华东 华为 华科 白酒 白天 文化 文件 文旅 文物 路径 路桥 鲁班 付款 祝贺 安全 安装 安陆 安徽 成立 \
    成果 成员 成都 成功 成本 向上 向下 洪湖 洪山 洪涝 东方 百里 西门";
/// What stands in no given name.
const NEVER: &str = "的了和与及等在是被把从向对由之者们或这那、并且也都就还将";
/// Posts behind which a name follows.
const BEFORE_NAME: &str = "总工程师 高级工程师 工程师 总工 高工 技术负责人 质量负责人 项目负责人 负责人 带头人 教授 研究员 院士 博士 专家 \
    主任 院长 所长 局长 处长 科长 部长 站长 组长 队长 厂长 校长 会长 秘书长 董事长 总经理 经理 总监 书记 调研员 \
    劳模 技师 检验员 检测员 师傅 评审员 审核员 老师 同志 先生 女士";
/// Posts before which a name stands; 专家, 负责人 and the like stand behind many a word (林业专家).
const AFTER_NAME: &str = "总工程师 高级工程师 工程师 总工 高工 教授 研究员 院士 博士 主任 院长 所长 局长 处长 科长 部长 站长 厂长 校长 \
    会长 秘书长 董事长 总经理 书记 调研员 老师 同志 先生 女士";
/// What somebody does who is named after 由.
const DEEDS: &str = "牵头 带队 带领 领衔 主持 负责 执笔 撰写 担任";
/// With what a sentence goes on behind a name.
const GOES_ON: &str = "带 率 牵头 主持 负责 介绍 表示 指出 强调 认为 说 等 和 与 及 以及 的 团队 领衔 组织 亲自 担任 同志 老师 \
    先生 女士 一行 赴 对 向 从 先后 多次 深入 参与 为 在 到 研发 发明 提出 荣获 获 被 是 指导 现场 针对 \
    主任 教授 执笔 撰写 作为 也 还 将 走";
/// After what a name may begin.
const BEGINS_AFTER: &str = "由和与及请邀聘经以向对为如等的是有让跟随院所局司处科室部心会学厂校站队组师授任长员士工";

/// What is somebody's name, and what only may be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Names {
    /// Bytes of the text, from and to; in its order, apart.
    pub sure: Vec<(usize, usize)>,
    /// The name and the post beside it.
    pub unsure: Vec<String>,
}

static POSTS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = [BEFORE_NAME, AFTER_NAME, DEEDS].into_iter().flat_map(|list| list.split(' '));
    AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(words).ok()
});

/// Looks through a line, without blanks and unseen characters.
pub(super) fn look(text: &str) -> Names {
    let line = Line { text, chars: text.char_indices().collect() };
    let mut names = Names::default();
    let Some(posts) = POSTS.as_ref() else { return names };
    for found in posts.find_iter(text) {
        let post = text.get(found.range()).unwrap_or_default();
        let (start, end) = (line.at(found.start()), line.at(found.end()));
        if is_in(AFTER_NAME, post) || is_in(DEEDS, post) {
            line.before(start, post, &mut names);
        }
        if is_in(BEFORE_NAME, post) {
            line.behind(end, post, &mut names);
        }
    }
    names.sure.sort_unstable();
    names.sure.dedup();
    let sure = names.sure.clone();
    names.unsure.retain(|told| !sure.iter().any(|(from, to)| text.get(*from..*to).is_some_and(|name| told.contains(name))));
    names
}

/// Whether a list has this word.
fn is_in(list: &str, word: &str) -> bool {
    list.split(' ').any(|one| one == word)
}

/// How surely characters that begin so are a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Surname {
    Sure,
    Doubtful,
}

struct Line<'a> {
    text: &'a str,
    chars: Vec<(usize, char)>,
}

impl Line<'_> {
    /// The character that begins at a byte.
    fn at(&self, byte: usize) -> usize {
        self.chars.partition_point(|(start, _)| *start < byte)
    }

    fn byte(&self, at: usize) -> usize {
        self.chars.get(at).map_or(self.text.len(), |(byte, _)| *byte)
    }

    fn slice(&self, from: usize, to: usize) -> &str {
        self.text.get(self.byte(from)..self.byte(to)).unwrap_or_default()
    }

    fn char(&self, at: usize) -> Option<char> {
        self.chars.get(at).map(|(_, c)| *c)
    }

    /// Whether these characters could be a name: a surname, and one or two others.
    fn name(&self, from: usize, to: usize) -> Option<Surname> {
        let name = self.slice(from, to);
        let surname = DOUBLE.iter().find(|double| name.starts_with(**double)).map_or(1, |_| 2);
        let given = to.checked_sub(from + surname)?;
        let could_be = |c: char| is_han(c) && !NEVER.contains(c);
        if !(1..=2).contains(&given)
            || !(from + surname..to).all(|at| self.char(at).is_some_and(could_be))
            || WORDS.split(' ').any(|word| self.slice(from, self.chars.len()).starts_with(word))
        {
            return None;
        }
        let first = self.char(from)?;
        match surname == 2 || SURNAMES.contains(first) {
            true => Some(Surname::Sure),
            false => DOUBTFUL.contains(first).then_some(Surname::Doubtful),
        }
    }

    fn begins(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|before| self.char(before));
        before.is_none_or(|c| !is_han(c) || BEGINS_AFTER.contains(c))
    }

    fn ends(&self, at: usize) -> bool {
        let rest = self.text.get(self.byte(at)..).unwrap_or_default();
        self.char(at).is_none_or(|c| !is_han(c)) || GOES_ON.split(' ').any(|word| rest.starts_with(word))
    }

    /// 张三教授, 李四副院长; 由张三牵头.
    fn before(&self, post: usize, word: &str, names: &mut Names) {
        let end = if self.char(post.wrapping_sub(1)) == Some('副') { post - 1 } else { post };
        let is_deed = is_in(DEEDS, word);
        for length in [4, 3, 2] {
            let Some(from) = end.checked_sub(length) else { continue };
            let Some(surname) = self.name(from, end) else { continue };
            let begins = if is_deed { from > 0 && matches!(self.char(from - 1), Some('由' | '以')) } else { self.begins(from) };
            if begins && surname == Surname::Sure {
                return names.sure.push((self.byte(from), self.byte(end)));
            }
            if begins || (!is_deed && surname == Surname::Sure) {
                return names.unsure.push(self.slice(from, post + word.chars().count()).to_owned());
            }
        }
    }

    /// 总工程师王某某, and those whom a list names behind: 教授张三、李四.
    fn behind(&self, post: usize, word: &str, names: &mut Names) {
        let mut from = post;
        while let Some((to, surname)) = self.behind_ends(from) {
            if surname == Surname::Doubtful {
                return names.unsure.push(format!("{word}{}", self.slice(from, to)));
            }
            names.sure.push((self.byte(from), self.byte(to)));
            if !matches!(self.char(to), Some('、' | '和' | '与' | '及')) {
                return;
            }
            from = to + 1;
        }
        if from == post && self.name(post, post + 2) == Some(Surname::Sure) {
            let to = (post + 3).min(self.chars.len());
            names.unsure.push(format!("{word}{}", self.slice(post, to)));
        }
    }

    /// Where a name ends that begins here: the longer one where both could be.
    fn behind_ends(&self, from: usize) -> Option<(usize, Surname)> {
        let ends = [4, 3, 2].into_iter().map(|length| from + length).filter(|to| *to <= self.chars.len());
        ends.filter(|to| self.ends(*to)).find_map(|to| Some((to, self.name(from, to)?)))
    }
}

fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> (String, Vec<String>) {
        let names = look(text);
        let mut out = String::new();
        let mut done = 0;
        for (from, to) in &names.sure {
            out.push_str(text.get(done..*from).unwrap());
            out.push('※');
            done = *to;
        }
        (out + text.get(done..).unwrap(), names.unsure)
    }

    #[test]
    fn who_stands_beside_a_post_is_named() {
        for (said, left) in [
            ("由总工程师王某某牵头", "由总工程师※牵头"),
            ("张三教授带领团队", "※教授带领团队"),
            ("武汉大学张三教授和李建国研究员参与", "武汉大学※教授和※研究员参与"),
            ("邀请专家李明、赵建军、刘洋等开展会诊", "邀请专家※、※、※等开展会诊"),
            ("项目负责人陈卫东，副所长黄敏带队", "项目负责人※，副所长※带队"),
            ("由张建国牵头成立专班", "由※牵头成立专班"),
            ("欧阳建国副院长多次调研", "※副院长多次调研"),
            ("〔单位〕王建国主任", "〔单位〕※主任"),
            ("劳模周建平的事迹", "劳模※的事迹"),
            ("教授李为民带队走访", "教授※带队走访"),
        ] {
            assert_eq!(shown(said), (left.to_owned(), vec![]), "{said}");
        }
    }

    #[test]
    fn plain_words_are_left_as_they_are() {
        for said in [
            "高级工程师12人，正高级工程师3人，安全工程师5人",
            "车间主任、项目经理、项目负责人、技术负责人共同参与",
            "林业专家、计量专家、金融专家和高校教授组成专家组",
            "邀请专家周密策划，顾问教授许可后实施",
            "由项目组牵头，由高校负责，由企业主持",
            "主任何时到场、所长曾任组长、局长郑重承诺",
            "常务副主任带队，董事长高度重视",
            "王牌产品和张贴标识，程序文件由范围界定",
            "工程师向企业讲解，专家对标准解读",
            "华中科技大学教授团队、武汉大学博士团队",
            "周边企业负责人参加",
        ] {
            assert_eq!(shown(said), (said.to_owned(), vec![]), "{said}");
        }
    }

    #[test]
    fn what_may_be_a_name_is_told_and_stays() {
        for (said, told) in [
            ("由高明教授讲解", "高明教授"),
            ("老专家组王建国主任到场", ""),
            ("邀请教授李为研究标准", "教授李为研"),
            ("该校新聘张建国教授授课", ""),
            ("由金石牵头", "金石牵头"),
        ] {
            let (left, unsure) = shown(said);
            if told.is_empty() {
                assert!(left.contains('※') && unsure.is_empty(), "{said}: {left} {unsure:?}");
            } else {
                assert_eq!((left.as_str(), unsure), (said, vec![told.to_owned()]), "{said}");
            }
        }
    }
}
