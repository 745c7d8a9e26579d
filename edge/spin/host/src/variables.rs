//! Variables of the application and of its components.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};

use crate::manifest::Variable;

/// Values by name.
pub(crate) type Values = BTreeMap<String, String>;

/// The application's variables: `SPIN_VARIABLE_NAME` goes before the default.
pub(crate) fn of_application(
    declared: &BTreeMap<String, Variable>,
    environment: impl Fn(&str) -> Option<String>,
) -> anyhow::Result<Values> {
    let value = |(name, variable): (&String, &Variable)| {
        let key = format!("SPIN_VARIABLE_{}", name.to_ascii_uppercase());
        let value = environment(&key).or_else(|| variable.default.clone());
        let value = value.with_context(|| format!("the variable {name} is required: set {key}"))?;
        Ok((name.clone(), value))
    };
    declared.iter().map(value).collect()
}

/// Text with `{{ name }}` replaced by the application's variables.
pub(crate) fn resolve(template: &str, values: &Values) -> anyhow::Result<String> {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else { bail!("`{template}`: no }}}} after {{{{") };
        let name = name.trim();
        let value =
            values.get(name).with_context(|| format!("`{template}`: no variable is called {name}"))?;
        out.push_str(before);
        out.push_str(value);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared() -> BTreeMap<String, Variable> {
        let default = Variable { default: Some("d".into()), ..Variable::default() };
        let required = Variable { required: true, ..Variable::default() };
        BTreeMap::from([("one".into(), default), ("two".into(), required)])
    }

    #[test]
    fn the_environment_goes_before_the_default_and_a_missing_one_is_named() {
        let values = of_application(&declared(), |name| Some(format!("of {name}"))).unwrap();
        assert_eq!(values["one"], "of SPIN_VARIABLE_ONE");
        let only_two = |name: &str| (name == "SPIN_VARIABLE_TWO").then(|| "2".to_owned());
        assert_eq!(of_application(&declared(), only_two).unwrap()["one"], "d");
        let error = of_application(&declared(), |_| None).unwrap_err().to_string();
        assert_eq!(error, "the variable two is required: set SPIN_VARIABLE_TWO");
    }

    #[test]
    fn templates_take_values() {
        let values = Values::from([("host".into(), "db:5432".into())]);
        assert_eq!(resolve("postgres://{{ host }}/{{host}}", &values).unwrap(), "postgres://db:5432/db:5432");
        assert!(resolve("{{ other }}", &values).is_err() && resolve("{{ host", &values).is_err());
    }
}
