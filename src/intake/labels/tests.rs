//! Labels as units dress them.

use super::*;

fn labels() -> Labels {
    let by_key = [
        ("案例题目", Field::Title),
        ("报送单位", Field::Unit),
        ("报送单位意见", Field::Opinion),
        ("联系人及电话", Field::Contact),
        ("案例介绍", Field::Introduction),
        ("案例分类", Field::Category),
    ]
    .into_iter()
    .map(|(word, field)| (text::key(word), field))
    .collect();
    Labels { by_key, parts: Parts::default(), wording: Wording::default() }
}

#[test]
fn a_label_is_known_however_it_is_dressed() {
    let labels = labels();
    for (text, field, form, rest) in [
        ("案 例 题 目", Field::Title, LabelForm::Alone, ""),
        ("*案例\n题目（50字以内）：", Field::Title, LabelForm::Alone, ""),
        ("案例题目（50字以内）：黄石：“NQI+”", Field::Title, LabelForm::Colon, "黄石：“NQI+”"),
        ("报送单位（盖章）", Field::Unit, LabelForm::Alone, ""),
        ("报送单位意见：同意", Field::Opinion, LabelForm::Colon, "同意"),
        ("一 、案例介绍", Field::Introduction, LabelForm::Alone, ""),
        ("（ 一 ） 案 例 题 目", Field::Title, LabelForm::Alone, ""),
        ("①案例题目：茶", Field::Title, LabelForm::Colon, "茶"),
        ("第一部分 案例介绍", Field::Introduction, LabelForm::Alone, ""),
        ("案例题目（标题）：", Field::Title, LabelForm::Alone, ""),
        ("案例题目（名称）   茶", Field::Title, LabelForm::Blank, "茶"),
        ("案例分类（√）", Field::Category, LabelForm::Alone, ""),
        ("案例分类（√）\t√计量 标准", Field::Category, LabelForm::Blank, "√计量 标准"),
        ("联系人（及）电话*：", Field::Contact, LabelForm::Alone, ""),
        ("壹、案例介绍", Field::Introduction, LabelForm::Alone, ""),
        ("联 系 人 及 电 话 （ 手 机 ）", Field::Contact, LabelForm::Alone, ""),
        ("案例分类：（  ）计量（√）标准", Field::Category, LabelForm::Colon, "（  ）计量（√）标准"),
        ("案例分类：（√）计量（  ）标准", Field::Category, LabelForm::Colon, "（√）计量（  ）标准"),
        ("1、案例介绍（1500字以内）", Field::Introduction, LabelForm::Alone, ""),
        ("联系人、电话：张三", Field::Contact, LabelForm::Colon, "张三"),
        ("报送单位  某某局", Field::Unit, LabelForm::Blank, "某某局"),
        ("报送单位：（盖章）某某局", Field::Unit, LabelForm::Colon, "某某局"),
        ("【案例题目】", Field::Title, LabelForm::Alone, ""),
        ("4.【联系人及电话】：张三", Field::Contact, LabelForm::Colon, "张三"),
    ] {
        let found = labels.announced(text).unwrap_or_else(|| panic!("no label in {text}"));
        assert_eq!((found.field, found.form, found.rest), (field, form, rest), "{text}");
    }
}

#[test]
fn a_word_that_goes_on_is_no_label() {
    assert_eq!(labels().announced("案例介绍了如下做法"), None);
    assert_eq!(labels().announced("07106765500，报送单位：某局"), None);
    assert_eq!(labels().announced("报送单位众多，涉及全省"), None);
    assert_eq!(labels().announced("【来源】某报"), None);
}

#[test]
fn labels_of_known_words_are_labels() {
    let campaign = crate::config::CampaignFile::builtin().unwrap().campaign;
    let labels = Labels::new(&campaign.form);
    for (text, field) in [
        ("案例主标题", Field::Title),
        ("报送单位（盖章）意见", Field::Opinion),
        ("报送单位主要负责人意见：", Field::Opinion),
        ("单位审批意见", Field::Opinion),
        ("推荐单位审核意见", Field::Other),
        ("案例提供单位", Field::Unit),
        ("选送单位：某市计量院", Field::Unit),
        ("案例推荐单位", Field::Other),
        ("联合申报单位名称", Field::JointUnit),
        ("案例归类", Field::Category),
        ("质量基础设施要素类别", Field::Category),
        ("申报单位类别", Field::Other),
        ("对接人及电话", Field::Contact),
        ("对接人", Field::ContactName),
        ("联系人所在部门", Field::Other),
        ("报送单位联系人及电话", Field::Contact),
        ("常用电话", Field::ContactPhone),
        ("单位负责人及电话", Field::Other),
        ("案例主体内容", Field::Introduction),
        ("报送单位简介", Field::Other),
        ("相关荣誉及证明材料", Field::Materials),
        ("证明材料目录（如有）", Field::Materials),
    ] {
        assert_eq!(labels.announced(text).map(|found| found.field), Some(field), "{text}");
    }
    let parted = labels.announced("案例所属类型\t☑计量").map(|found| (found.field, found.form, found.rest));
    assert_eq!(parted, Some((Field::Category, LabelForm::Blank, "☑计量")));
    for prose in ["案例主体内容丰富", "典型案例", "单位（盖章）", "主要内容如下：一是", "选送单位 某市计量院"]
    {
        let found = labels.announced(prose);
        assert!(found.is_none_or(|found| found.form == LabelForm::Blank), "{prose} {found:?}");
    }
}

#[test]
fn labels_in_a_text_speak_of_a_case_or_of_something_else() {
    let labels = labels();
    assert_eq!(labels.spoken_of("案例题目、报送单位和联系人及电话均已填写"), 3);
    // A ledger of enterprises.
    assert_eq!(labels.spoken_of("序号 报送单位 案例分类 联系人及电话"), 0);
}
