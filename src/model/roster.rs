//! Who is who, as the office keeps it: units with their former names, regions and kinds; coordinators with their logins;
//! the liaisons of the regions. What it says decides; what it doesn't name is worked out as without it.

use crate::model::decision::matching_key;
use serde::{Deserialize, Serialize};

/// The whole roster.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roster {
    /// 单位.
    #[serde(default)]
    pub units: Vec<RosterUnit>,
    /// 专班协调员.
    #[serde(default)]
    pub coordinators: Vec<Coordinator>,
    /// 联络员.
    #[serde(default)]
    pub liaisons: Vec<Liaison>,
}

/// A unit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterUnit {
    /// Its name today.
    pub name: String,
    /// 曾用名.
    pub former: Vec<String>,
    /// A city or prefecture by its full name, or `province`; none where the roster leaves it open.
    pub region: Option<String>,
    /// Whether the notice collects from it (征集范围); none where the roster leaves it open.
    pub in_scope: Option<bool>,
}

/// A person who works with the desk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coordinator {
    /// The name.
    pub name: String,
    /// The login names.
    pub logins: Vec<String>,
    /// The number.
    pub phone: Option<String>,
}

/// Who speaks for a region.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Liaison {
    /// The region by its full name, or `province`.
    pub region: String,
    /// The name.
    pub name: String,
    /// The number.
    pub phone: Option<String>,
}

impl Roster {
    /// A unit by its name or a former one.
    pub fn unit(&self, name: &str) -> Option<&RosterUnit> {
        let key = matching_key(name);
        self.units.iter().filter(|_| !key.is_empty()).find(|unit| unit.names().any(|own| matching_key(own) == key))
    }

    /// Every name that a unit goes by, as names are compared; the one that is given first.
    pub fn keys(&self, name: &str) -> Vec<String> {
        let mut keys = vec![matching_key(name)];
        for other in self.unit(name).into_iter().flat_map(RosterUnit::names).map(matching_key) {
            if !keys.contains(&other) {
                keys.push(other);
            }
        }
        keys
    }

    /// Who speaks for a region; the first where several do.
    pub fn liaison(&self, region: &str) -> Option<&Liaison> {
        self.liaisons.iter().find(|one| one.region == region)
    }

    /// The person that a login belongs to.
    pub fn person(&self, login: &str) -> Option<&str> {
        let mut own = self.coordinators.iter().filter(|one| one.logins.iter().any(|known| known == login));
        own.next().map(|one| one.name.as_str())
    }

    /// Whether two logins are one person's.
    pub fn is_same(&self, one: &str, other: &str) -> bool {
        one == other || self.person(one).is_some_and(|person| self.person(other) == Some(person))
    }

    /// Whether this login may act where it takes two persons: where coordinators are named, it has to be one of them.
    pub fn may_confirm(&self, login: &str) -> bool {
        self.coordinators.is_empty() || self.person(login).is_some()
    }
}

impl RosterUnit {
    /// Today's name, then the former ones.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.former.iter().map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roster() -> Roster {
        let unit = RosterUnit { name: "某市质量中心".into(), former: vec!["某市计量所".into()], ..RosterUnit::default() };
        let person = |name: &str, logins: &[&str]| Coordinator {
            name: name.into(),
            logins: logins.iter().map(|login| (*login).to_owned()).collect(),
            phone: None,
        };
        Roster {
            units: vec![unit], coordinators: vec![person("张某", &["zhang", "zhang2"]), person("李某", &["li"])], liaisons: vec![]
        }
    }

    #[test]
    fn a_unit_goes_by_all_its_names() {
        assert_eq!(roster().keys("某市 计量所"), ["某市计量所", "某市质量中心"]);
        assert_eq!(roster().keys("别的单位"), ["别的单位"]);
        assert!(roster().unit("").is_none());
    }

    #[test]
    fn two_logins_of_one_person_are_one_person() {
        let roster = roster();
        assert!(roster.is_same("zhang", "zhang2") && !roster.is_same("zhang", "li") && roster.is_same("wang", "wang"));
        assert!(roster.may_confirm("li") && !roster.may_confirm("wang") && Roster::default().may_confirm("wang"));
    }
}
