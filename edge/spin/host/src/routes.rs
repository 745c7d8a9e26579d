//! Which component answers a path: exact routes, and routes that end in `/...`; the longest wins.

/// Routes and what they lead to.
#[derive(Debug)]
pub(crate) struct Routes<T>(Vec<(String, T)>);

impl<T> Routes<T> {
    /// In any order.
    pub(crate) fn new(mut routes: Vec<(String, T)>) -> Self {
        routes.sort_by_key(|(route, _)| std::cmp::Reverse((!route.ends_with("/..."), route.len())));
        Self(routes)
    }

    /// The route of a path, and what it leads to.
    pub(crate) fn find(&self, path: &str) -> Option<(&str, &T)> {
        let leads = |route: &str| match route.strip_suffix("/...") {
            Some(prefix) => {
                path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            None => route == path,
        };
        self.0.iter().find(|(route, _)| leads(route)).map(|(route, target)| (route.as_str(), target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_route_wins() {
        let routes = ["/...", "/v1/...", "/healthz"].map(|route| (route.to_owned(), ()));
        let routes = Routes::new(routes.into());
        for (path, route) in [
            ("/", "/..."),
            ("/v1", "/v1/..."),
            ("/v1/rooms", "/v1/..."),
            ("/v10", "/..."),
            ("/healthz", "/healthz"),
            ("/healthz/x", "/..."),
        ] {
            assert_eq!(routes.find(path).unwrap().0, route, "{path}");
        }
    }
}
