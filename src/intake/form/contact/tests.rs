//! Contact cells as units write them.

use super::*;

fn one(content: &str) -> (Option<String>, Vec<String>) {
    let mut contacts = read(content, RegionKnown::No).all.into_iter();
    let first = contacts.next().unwrap_or_default();
    assert_eq!(contacts.next(), None, "{content}");
    (first.name, first.phones)
}

#[test]
fn numbers_are_kept_as_national_digits() {
    for (content, name, phone) in [
        ("向雪梅 0728-4303566", "向雪梅", "0728-4303566"),
        ("孙军027-63617071转801", "孙军", "027-63617071转801"),
        ("孙军 027-63617071-801", "孙军", "027-63617071转801"),
        ("刘洋+86 19900005722", "刘洋", "19900005722"),
        ("向𬭚/19900001356", "向𬭚", "19900001356"),
        ("胡强，199-0000-2016", "胡强", "19900002016"),
        ("联系人：何洋 电话：19900005382", "何洋", "19900005382"),
        ("覃镕基\n１９９００００１６５１", "覃镕基", "19900001651"),
        ("徐建国\n（0719）5526248", "徐建国", "0719-5526248"),
        ("张　三　199 0000 6893", "张三", "19900006893"),
        ("吴建国\n+86 19900002084", "吴建国", "19900002084"),
        ("李四（科长） 19900002084", "李四", "19900002084"),
        ("马洋\n0712-4322379转801", "马洋", "0712-4322379转801"),
        ("向娟同\n志，19900000001", "向娟", "19900000001"),
        ("0717-5526248  联\n系人：水清", "水清", "0717-5526248"),
        ("李立科\n任伟 19900000001", "任伟", "19900000001"),
        ("王芳（办公室主\n任） 19900000001", "王芳", "19900000001"),
        ("馬洋 0712-4322379轉分機801", "馬洋", "0712-4322379转801"),
        ("+86-27-87654321 王五", "王五", "027-87654321"),
        ("古丽·买买提（+86-719-6323833）", "古丽·买买提", "0719-6323833"),
        ("陈  静/13912345678", "陈静", "13912345678"),
        ("Tom Zhang 13912345678", "Tom Zhang", "13912345678"),
        ("李晓明科长 13912345678", "李晓明", "13912345678"),
        ("张伟 （办公室主任） 13912345678 传真：027-87654321", "张伟", "13912345678"),
        ("张伟 电话/传真：027-87654321", "张伟", "027-87654321"),
        ("李科长 13912345678", "李科长", "13912345678"),
        ("张伟 13912345678（微信同号）", "张伟", "13912345678"),
        ("微信同号 13912345678 张伟", "张伟", "13912345678"),
        ("陈 静科长 13912345678", "陈静", "13912345678"),
        ("余　勇（科长） 13912345678", "余勇", "13912345678"),
        ("计量科 余勇 13912345678", "余勇", "13912345678"),
        ("王登科 计量科 13912345678", "王登科", "13912345678"),
        ("技术负责人 余勇 13912345678", "余勇", "13912345678"),
        ("余勇 职务：科长 电话：13912345678", "余勇", "13912345678"),
        ("计量科 13912345678", "计量科", "13912345678"),
        ("标准化室张三 13912345678", "张三", "13912345678"),
        ("质量科 13912345678", "质量科", "13912345678"),
        ("计量科科长水清 13912345678", "水清", "13912345678"),
        ("标准化科科员张三 13912345678", "张三", "13912345678"),
        ("质量处副处长李四 13912345678", "李四", "13912345678"),
        ("质检科副科长水清 0717-5526248", "水清", "0717-5526248"),
        ("检验科长水清 13912345678", "检验科长水清", "13912345678"),
        ("技术部门张三 13912345678", "张三", "13912345678"),
        ("标准化处室张三 13912345678", "张三", "13912345678"),
        ("科技股股长李强 13912345678", "李强", "13912345678"),
        ("计量部部长水清 13912345678", "水清", "13912345678"),
        ("三峡实验室水清 13912345678", "水清", "13912345678"),
        ("实验室管理员 13912345678", "实验室管理员", "13912345678"),
        ("计量检定测试所水清 13912345678", "水清", "13912345678"),
        ("水清 13912345678（区号0717）", "水清", "13912345678"),
        ("水清 18755526248（区号0717）", "水清", "18755526248"),
        ("水清 15971234567区号0717", "水清", "15971234567"),
        ("水清 0717-5526248（区号0717）", "水清", "0717-5526248"),
        ("水清 0717-5526248 区号0717", "水清", "0717-5526248"),
        ("水清 5526248 区号:0717 分机:801", "水清", "0717-5526248转801"),
        ("水清 区号：027 号码 87654321 转801", "水清", "027-87654321转801"),
        ("水清 （区号 0717） 552 6248", "水清", "0717-5526248"),
        ("张三5526248（区号0717）", "张三", "0717-5526248"),
        ("张三 区号：0717 号码：5526248", "张三", "0717-5526248"),
        ("张三区号:027，电话：87654321", "张三", "027-87654321"),
        ("张三 0717-5526248*801", "张三", "0717-5526248转801"),
        ("张三 0717-5526248＃801", "张三", "0717-5526248转801"),
        ("张三 0717~5526248", "张三", "0717-5526248"),
        ("张三 0717ー5526248", "张三", "0717-5526248"),
        ("张三 0717_5526248", "张三", "0717-5526248"),
    ] {
        assert_eq!(one(content), (Some(name.to_owned()), vec![phone.to_owned()]), "{content}");
    }
}

#[test]
fn several_numbers_and_several_people() {
    assert_eq!(one("王杰 19900004925 / 0724-3062193"), (Some("王杰".into()), vec!["19900004925".into(), "0724-3062193".into()]));
    let mobile_and_landline = (Some("水清".to_owned()), vec!["13912345678".to_owned(), "0717-5526248".to_owned()]);
    for content in [
        "水清 13912345678 区号0717 电话5526248",
        "水清 13912345678（区号：0717）5526248",
        "水清 13912345678 区号：0717，电话：5526248",
        "水清13912345678区号0717座机5526248",
        "水清 139 1234 5678 区号0717 5526248",
        "水清 139-1234-5678 5526248（区号0717）",
    ] {
        assert_eq!(one(content), mobile_and_landline, "{content}");
    }
    assert_eq!(one("水清 5526248（区号0717）13912345678").1, ["0717-5526248", "13912345678"]);
    assert_eq!(one("水清 区号0717 5526248、5526249").1, ["0717-5526248", "5526249"]);
    assert_eq!(one("田长霖 13912345678-0719-5526248"), (Some("田长霖".into()), vec!["13912345678".into(), "0719-5526248".into()]));
    assert_eq!(one("谢科 1512054 0940 07106576821"), (Some("谢科".into()), vec!["15120540940".into(), "0710-6576821".into()]));
    let listed = read("1.张三 19900000001\n2.李四 19900000002", RegionKnown::No).all;
    assert_eq!(listed.iter().map(|contact| contact.name.as_deref()).collect::<Vec<_>>(), [Some("张三"), Some("李四")]);
    let two = read("张三 19900000001；李四 19900000002", RegionKnown::No).all;
    assert_eq!(two.iter().map(|contact| contact.name.as_deref()).collect::<Vec<_>>(), [Some("张三"), Some("李四")]);
}

#[test]
fn what_is_no_number_is_called_so() {
    for content in ["谭㛃 1234", "谭㛃 1990000561", "谭㛃 199000056161", "谭㛃 0719-55262"] {
        let contacts = read(content, RegionKnown::No);
        assert!(contacts.all.iter().all(|contact| contact.phones.is_empty()), "{content}");
        assert!(contacts.invalid.is_some(), "{content}");
    }
    assert_eq!(read("郑芳", RegionKnown::No).invalid, None);
    assert_eq!(read("郑芳\n完成时间： 2022年12月", RegionKnown::No).invalid, None);
}

#[test]
fn a_number_without_area_code_needs_a_region() {
    assert_eq!(read("张三 5526248", RegionKnown::Yes).all[0].phones, ["5526248"]);
    assert!(read("张三 5526248", RegionKnown::No).all[0].phones.is_empty());
}

#[test]
fn a_name_is_told_from_what_stands_beside_it() {
    let read = |content: &str| read(content, RegionKnown::No);
    let contacts = read("傅飞12157705382");
    assert_eq!((contacts.all[0].name.as_deref(), contacts.all[0].phones.len(), contacts.invalid.is_some()), (Some("傅飞"), 0, true));
    assert_eq!(one("单位 余勇 13912345678"), (Some("余勇".into()), vec!["13912345678".into()]));
    assert_eq!(one("余勇 136-8711-540115226456959"), (Some("余勇".into()), vec!["13687115401".into(), "15226456959".into()]));
    assert_eq!(read("余勇 1368711540").all[0].phones.len(), 0);
    assert_eq!(one("138.2415.8221（文秀）"), (Some("文秀".into()), vec!["13824158221".into()]));
    assert_eq!(read("1348503019（何胜）").all[0].name.as_deref(), Some("何胜"));
    assert_eq!(one("余勇/（0717）6763492\n2626359"), (Some("余勇".into()), vec!["0717-6763492".into(), "2626359".into()]));
}

#[test]
fn names_side_by_side_take_their_numbers() {
    let named = |content: &str| -> Vec<(Option<String>, usize)> {
        read(content, RegionKnown::No).all.into_iter().map(|contact| (contact.name, contact.phones.len())).collect()
    };
    let two = vec![(Some("张三".to_owned()), 1), (Some("李四".to_owned()), 1)];
    for content in [
        "张三、李四 19900000001、19900000002",
        "①张三 19900000001\n②李四 19900000002",
        "主要联系人：张三，19900000001；备用联系人：李四，19900000002",
    ] {
        assert_eq!(named(content), two, "{content}");
    }
    assert_eq!(named("张三 计量科 19900000001、19900000002"), vec![(Some("张三".to_owned()), 2)]);
}

#[test]
fn a_number_that_a_narrow_cell_breaks_is_one() {
    let phones = |content: &str| read(content, RegionKnown::No).all.into_iter().flat_map(|contact| contact.phones).collect::<Vec<_>>();
    assert_eq!(phones("张三\n0719-\n552624\n8、19900000001"), ["0719-5526248", "19900000001"]);
    assert_eq!(phones("张三 1990000\n0001"), ["19900000001"]);
    // Two whole numbers of two lines stay two, and what is no number stays none.
    assert_eq!(phones("张三 19900000001\n李四 19900000002"), ["19900000001", "19900000002"]);
    assert_eq!(phones("张三 1990000\n000"), Vec::<String>::new());
    assert_eq!(phones("张三 0719─5526248"), ["0719-5526248"], "the line of a box for a dash");
}

#[test]
fn a_lists_or_a_houses_number_is_no_part_of_the_number_above() {
    let read = |content: &str| read(content, RegionKnown::No);
    let phones = |content: &str| read(content).all.into_iter().flat_map(|contact| contact.phones).collect::<Vec<_>>();
    for (content, expected) in [
        ("1、张三 1990000000\n2、李四 19900000002", vec!["19900000002"]),
        ("1.张三 1990000000\n2.19900000002", vec!["19900000002"]),
        ("张三 1990000000\n2、李四 19900000002", vec!["19900000002"]),
        ("张三 1990000000\n1楼办公室", vec![]),
        ("张三 1990000000\n1 楼", vec![]),
        ("张三 1990000000\n1-2楼", vec![]),
        ("张三 0719-552624\n8号楼", vec![]),
        // Whose digit it is can't be told.
        ("张三 1990000000\n1李四", vec![]),
        ("张三 1990000\n0001（微信同号）", vec!["19900000001"]),
        ("张三 1990000\n0001 李四 19900000002", vec!["19900000001", "19900000002"]),
    ] {
        assert_eq!(phones(content), expected, "{content}");
    }
    for (content, broken) in [("张三 1990000000\n1李四", true), ("张三 1990000000\n1楼", false), ("张三 1990000\n1", false)] {
        assert_eq!(read(content).broken, broken, "{content}");
    }
}

#[test]
fn the_number_of_another_is_put_to_a_person() {
    let crossed = |content: &str| read(content, RegionKnown::No).crossed;
    assert!(crossed("1、张三 1990000000\n2、李四 19900000002"));
    for fine in [
        "张三 19900000001 QQ 123456789 李四 19900000002",
        "张三 QQ：123456789 李四 19900000002",
        "张三 科长 19900000001",
        "张三 1990000000",
        "计量科 张三 19900000001、李四 19900000002",
    ] {
        assert!(!crossed(fine), "{fine}");
    }
}
