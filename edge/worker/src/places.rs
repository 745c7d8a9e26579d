//! From where on earth a call comes to a region of ours.

use std::collections::HashMap;

use meridian_shared::region::Region;

/// The continents of `request.cf.continent`, each with the others by how near they are over the network (undersea cables, not kilometres).
const NEAREST: [(&str, [&str; 6]); 7] = [
    ("EU", ["EU", "NA", "AF", "AS", "SA", "OC"]),
    ("NA", ["NA", "EU", "SA", "AS", "OC", "AF"]),
    ("SA", ["SA", "NA", "EU", "AF", "AS", "OC"]),
    ("AS", ["AS", "OC", "EU", "NA", "AF", "SA"]),
    ("OC", ["OC", "AS", "NA", "EU", "SA", "AF"]),
    ("AF", ["AF", "EU", "NA", "AS", "SA", "OC"]),
    ("AN", ["SA", "OC", "NA", "EU", "AF", "AS"]),
];

/// How the names of regions usually begin, by continent.
const PREFIXES: [(&str, &[&str]); 6] = [
    ("EU", &["eu"]),
    ("NA", &["us", "na", "ca", "northamerica"]),
    ("SA", &["sa", "br", "southamerica"]),
    ("AS", &["ap", "asia", "as", "in", "jp", "sg"]),
    ("OC", &["oc", "au", "australia"]),
    ("AF", &["af", "africa"]),
];

/// The region for each continent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places(HashMap<String, Region>);

impl Places {
    /// From the regions' names, and what `REGION_BY_CONTINENT` (a JSON object such as `{"EU": "eu-west"}`) says otherwise. The error goes on after its name.
    pub(crate) fn new(regions: &[Region], json: Option<&str>) -> Result<Self, String> {
        let mut places: HashMap<String, Region> = HashMap::new();
        for (continent, nearest) in NEAREST {
            let home = nearest.iter().find_map(|near| regions.iter().find(|r| is_in(r, near)));
            places.extend(home.map(|region| (continent.to_owned(), region.clone())));
        }
        let reason = "must be a JSON object from continents (AF, AN, AS, EU, NA, OC, SA) to names of REGIONS";
        let given: HashMap<String, Region> =
            serde_json::from_str(json.unwrap_or("{}")).map_err(|_| reason.to_owned())?;
        for (continent, region) in given {
            if !NEAREST.iter().any(|(name, _)| *name == continent) || !regions.contains(&region) {
                return Err(reason.to_owned());
            }
            places.insert(continent, region);
        }
        Ok(Self(places))
    }

    /// The region for a caller on this continent, if any is known to be near.
    pub(crate) fn of(&self, continent: Option<&str>) -> Option<&Region> {
        self.0.get(continent?)
    }
}

fn is_in(region: &Region, continent: &str) -> bool {
    let head = region.as_str().split('-').next().unwrap_or_default();
    PREFIXES.iter().any(|(name, prefixes)| *name == continent && prefixes.contains(&head))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regions(names: &[&str]) -> Vec<Region> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    fn of(places: &Places, continent: &str) -> Option<String> {
        places.of(Some(continent)).map(ToString::to_string)
    }

    #[test]
    fn each_continent_gets_the_nearest_region_by_name() {
        let places = Places::new(&regions(&["us-east", "eu-west", "ap-south"]), None).unwrap();
        for (continent, region) in
            [("EU", "eu-west"), ("AF", "eu-west"), ("NA", "us-east"), ("SA", "us-east"), ("OC", "ap-south")]
        {
            assert_eq!(of(&places, continent).as_deref(), Some(region), "{continent}");
        }
        assert_eq!(places.of(None), None);
        assert_eq!(of(&places, "XX"), None);
        assert_eq!(of(&Places::new(&regions(&["local"]), None).unwrap(), "EU"), None);
    }

    #[test]
    fn the_variable_goes_first_and_may_name_known_regions_only() {
        let all = regions(&["local", "eu-west"]);
        let places = Places::new(&all, Some(r#"{"NA": "local"}"#)).unwrap();
        assert_eq!(
            (of(&places, "NA").as_deref(), of(&places, "EU").as_deref()),
            (Some("local"), Some("eu-west"))
        );
        for wrong in ["x", "[]", r#"{"NA": "mars"}"#, r#"{"MOON": "local"}"#] {
            assert!(
                Places::new(&all, Some(wrong)).unwrap_err().starts_with("must be a JSON object"),
                "{wrong}"
            );
        }
    }
}
