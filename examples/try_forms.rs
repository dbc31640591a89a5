//! throw-away
use zhihui::intake::{check, document, form, labels::Labels};
use zhihui::model::{campaign::Campaign, document::Format, reading::*, region::Regions};
fn main() {
    let campaign: Campaign = toml::from_str(&std::fs::read_to_string("config/campaign-2023.toml").unwrap()).unwrap();
    let regions: Regions = toml::from_str(&std::fs::read_to_string("config/regions-hubei.toml").unwrap()).unwrap();
    let labels = Labels::new(&campaign.form);
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path).unwrap();
        match document::read(Format::Docx, &bytes, &document::Limits::default()) {
            Some(Ok(doc)) => {
                for f in form::read(&doc, &campaign, &labels) {
                    let c = check::form(
                        f,
                        check::Surroundings {
                            file: FormFile { file: path.clone(), format: Format::Docx },
                            channel: Channel::Direct,
                            seal: Seal::Unverified,
                            floating_seal: false,
                            evidence: vec![],
                            case_text: None,
                        },
                        check::Rules { campaign: &campaign, regions: &regions, received: "2023-08-01T00:00:00Z".parse().unwrap() },
                    );
                    println!("{}", serde_json::to_string(&c).unwrap());
                }
            }
            other => println!("{{\"form\":{{\"file\":\"{path}\"}},\"error\":\"{other:?}\"}}"),
        }
    }
}
