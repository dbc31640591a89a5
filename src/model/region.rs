//! The regions of a province, from a TOML file in `config/`: in administrative order, with their
//! counties and telephone area codes.

use serde::{Deserialize, Serialize};

/// The whole file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regions {
    /// The province's name, such as `湖北`.
    pub province: String,
    /// Beginnings of names that belong to the province itself (`湖北省` …).
    pub provincial_names: Vec<String>,
    /// Words that make such a name a company of its own after all (`公司` …).
    pub provincial_exceptions: Vec<String>,
    /// The cities and prefectures in administrative order.
    #[serde(rename = "region")]
    pub regions: Vec<Region>,
}

/// One city or prefecture.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// The full name: `十堰市`, `恩施土家族苗族自治州`, `神农架林区`.
    pub name: String,
    /// The short name: `十堰`.
    pub short: String,
    /// The short name in Pinyin, by which people may call for it: `shiyan`.
    #[serde(default)]
    pub english: String,
    /// Other names that decide it (`恩施州`, `江城`…).
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Telephone area codes, those shared with another region too.
    pub area_codes: Vec<String>,
    /// The six-digit administrative division code (GB/T 2260).
    pub code: String,
    /// Counties, county-level cities, districts and development zones, each by every name that decides it.
    pub counties: Vec<String>,
}

impl Regions {
    /// How a region stands in the record, by its full or short name; `province` for 省直.
    pub fn key(&self, name: &str) -> Option<&str> {
        let name = name.trim();
        if matches!(name, "province" | "省直" | "省直单位") {
            return Some("province");
        }
        let named = |region: &&Region| region.name == name || region.short == name || region.aliases.iter().any(|alias| alias == name);
        self.regions.iter().find(named).map(|region| region.name.as_str())
    }

    /// The one region that an area code belongs to, or none where several share it.
    pub fn by_area_code(&self, code: &str) -> Option<&Region> {
        let mut matching = self.regions.iter().filter(|region| region.area_codes.iter().any(|own| own == code));
        let first = matching.next()?;
        matching.next().is_none().then_some(first)
    }
}
