//! Lists that shall hold exactly what a manifest says. Server-side apply merges lists by key, so an entry that
//! somebody else added stays, and an entry whose key changed becomes two, which the server then refuses for the
//! doubled name (kubernetes/kubernetes#118725). Pure: which lists of a live object have to be put right first,
//! and what they shall hold, with everything kept that the server had filled in (node ports).

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::ownership::managed_fields;

/// The only key member of a built-in list that may be left out.
const DEFAULT_KEYS: [(&str, &str); 1] = [("protocol", "TCP")];

/// A list of a live object and what it shall hold.
#[derive(Debug, PartialEq)]
pub(super) struct Replacement {
    /// JSON pointer in the live object.
    pub(super) pointer: String,
    pub(super) entries: Vec<Value>,
}

/// Those of the lists at `pointers` of the manifest that a plain apply would not bring to what the manifest says.
pub(super) fn replacements(live: &Value, manifest: &Value, pointers: &[&str]) -> Vec<Replacement> {
    pointers
        .iter()
        .filter_map(|pointer| {
            let found = locate(live, manifest, pointer)?;
            let keys = key_members(live, &found.path);
            let wanted: Vec<_> = found.wanted.iter().map(|entry| with_keys(entry, &keys)).collect();
            let partners = pair(&wanted, found.live, &keys);
            let plain = same_keys(&wanted, found.live, &partners, &keys);
            (!plain).then(|| Replacement {
                pointer: found.pointer,
                entries: overlaid(&wanted, found.live, &partners),
            })
        })
        .collect()
}

struct Located<'a> {
    pointer: String,
    /// Members on the way, positions left out.
    path: Vec<String>,
    live: &'a [Value],
    wanted: &'a [Value],
}

/// Follows a pointer of the manifest in both objects; elements on the way are paired, not counted.
fn locate<'a>(live: &'a Value, manifest: &'a Value, pointer: &str) -> Option<Located<'a>> {
    let (mut here, mut there) = (live, manifest);
    let (mut at, mut path) = (String::new(), Vec::new());
    for token in pointer.split('/').skip(1) {
        if let Some(wanted) = there.as_array() {
            let position: usize = token.parse().ok()?;
            let entries = here.as_array()?;
            let partner = (*pair(wanted, entries, &BTreeSet::new()).get(position)?)?;
            (here, there) = (entries.get(partner)?, wanted.get(position)?);
            at = format!("{at}/{partner}");
        } else {
            let name = token.replace("~1", "/").replace("~0", "~");
            (here, there) = (here.get(&name)?, there.get(&name)?);
            at = format!("{at}/{token}");
            path.push(name);
        }
    }
    Some(Located {
        pointer: at,
        path,
        live: here.as_array()?,
        wanted: there.as_array()?,
    })
}

/// By which members the server merges a list, read off the managed fields of whoever set one of its entries.
fn key_members(live: &Value, path: &[String]) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for entry in managed_fields(live) {
        if let Some(fields) = entry.get("fieldsV1") {
            collect_keys(fields, path, &mut keys);
        }
    }
    keys
}

fn collect_keys(fields: &Value, path: &[String], keys: &mut BTreeSet<String>) {
    let Some(members) = fields.as_object() else { return };
    let Some((name, rest)) = path.split_first() else {
        let parsed = members.keys().filter_map(|key| key.strip_prefix("k:"));
        let parsed = parsed.filter_map(|key| serde_json::from_str::<Map<String, Value>>(key).ok());
        keys.extend(parsed.flat_map(|key| key.into_iter().map(|(member, _)| member)));
        return;
    };
    for (key, inner) in members {
        match key.split_once(':') {
            Some(("f", member)) if member == name => collect_keys(inner, rest, keys),
            Some(("k" | "i", _)) => collect_keys(inner, path, keys),
            _ => {}
        }
    }
}

/// An entry with the key members that it leaves to their default.
fn with_keys(entry: &Value, keys: &BTreeSet<String>) -> Value {
    let mut entry = entry.clone();
    if let Some(members) = entry.as_object_mut() {
        for (name, value) in DEFAULT_KEYS {
            if keys.contains(name) && !members.contains_key(name) {
                members.insert(name.to_owned(), value.into());
            }
        }
    }
    entry
}

/// For each wanted entry the live one that is its older self: of the same name, else equal in what is wanted,
/// else at the same position, if names do not tell them apart (one has none, or the list is keyed by others).
fn pair(wanted: &[Value], live: &[Value], keys: &BTreeSet<String>) -> Vec<Option<usize>> {
    let keyed_otherwise = !keys.is_empty() && !keys.contains("name");
    let mut partners = vec![None; wanted.len()];
    let mut taken = BTreeSet::new();
    let mut pass = |fits: &dyn Fn(usize, &Value, usize, &Value) -> bool| {
        for (position, entry) in wanted.iter().enumerate() {
            let Some(partner) = partners.get_mut(position).filter(|partner| partner.is_none()) else {
                continue;
            };
            let mut free = live
                .iter()
                .enumerate()
                .filter(|(index, _)| !taken.contains(index));
            if let Some((index, _)) = free.find(|(index, other)| fits(position, entry, *index, other)) {
                *partner = Some(index);
                taken.insert(index);
            }
        }
    };
    pass(&|_, entry, _, other| name(entry).is_some() && name(entry) == name(other));
    pass(&|_, entry, _, other| contains(other, entry));
    pass(&|position, entry, index, other| {
        let nameless = name(entry).is_none() || name(other).is_none();
        position == index && entry.is_object() && (nameless || keyed_otherwise)
    });
    partners
}

fn name(entry: &Value) -> Option<&str> {
    entry.get("name").and_then(Value::as_str)
}

/// Whether `whole` has everything that `part` has.
fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => part
            .iter()
            .all(|(member, value)| whole.get(member).is_some_and(|other| contains(other, value))),
        _ => whole == part,
    }
}

/// Whether a plain apply finds each entry under its key and no other entry beside them.
fn same_keys(wanted: &[Value], live: &[Value], partners: &[Option<usize>], keys: &BTreeSet<String>) -> bool {
    let meets = |(entry, partner): (&Value, &Option<usize>)| {
        let Some(other) = partner.and_then(|index| live.get(index)) else {
            return false;
        };
        if keys.is_empty() {
            contains(other, entry)
        } else {
            keys.iter().all(|key| entry.get(key) == other.get(key))
        }
    };
    wanted.len() == live.len() && wanted.iter().zip(partners).all(meets)
}

fn overlaid(wanted: &[Value], live: &[Value], partners: &[Option<usize>]) -> Vec<Value> {
    let overlay = |(entry, partner): (&Value, &Option<usize>)| match partner.and_then(|index| live.get(index))
    {
        Some(older) => laid_over(older, entry),
        None => entry.clone(),
    };
    wanted.iter().zip(partners).map(overlay).collect()
}

fn laid_over(older: &Value, newer: &Value) -> Value {
    let (Value::Object(older), Value::Object(newer)) = (older, newer) else {
        return newer.clone();
    };
    let mut both = older.clone();
    for (member, value) in newer {
        let merged = older
            .get(member)
            .map_or_else(|| value.clone(), |old| laid_over(old, value));
        both.insert(member.clone(), merged);
    }
    Value::Object(both)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn service(ports: &Value) -> Value {
        json!({
            "metadata": {"managedFields": [{"fieldsV1": {"f:spec": {"f:ports": {
                "k:{\"port\":1,\"protocol\":\"TCP\"}": {}}}}}]},
            "spec": {"ports": ports}})
    }

    fn planned(live: &Value, wanted: &Value) -> Option<Vec<Value>> {
        let manifest = json!({"spec": {"ports": wanted}});
        let mut plan = replacements(&service(live), &manifest, &["/spec/ports"]);
        assert!(plan.len() < 2);
        plan.pop().map(|replacement| {
            assert_eq!(replacement.pointer, "/spec/ports");
            replacement.entries
        })
    }

    #[test]
    fn a_changed_key_keeps_what_the_server_had_filled_in() {
        let live = json!([{"name": "web", "port": 8080, "protocol": "TCP", "nodePort": 30001}]);
        let entries = planned(&live, &json!([{"name": "web", "port": 9090}])).unwrap();
        assert_eq!(
            entries,
            [json!({"name": "web", "port": 9090, "protocol": "TCP", "nodePort": 30001})]
        );
        let unnamed = json!([{"port": 8080, "protocol": "TCP", "nodePort": 30001}]);
        let entries = planned(&unnamed, &json!([{"port": 9090}])).unwrap();
        assert_eq!(entries[0]["nodePort"], 30001);
    }

    #[test]
    fn a_drifted_protocol_returns_to_its_default() {
        let live = json!([{"name": "web", "port": 80, "protocol": "UDP", "nodePort": 30001}]);
        let entries = planned(&live, &json!([{"name": "web", "port": 80}])).unwrap();
        assert_eq!(
            entries,
            [json!({"name": "web", "port": 80, "protocol": "TCP", "nodePort": 30001})]
        );
    }

    #[test]
    fn strangers_go() {
        let live = json!([{"name": "web", "port": 80, "protocol": "TCP"},
            {"name": "x", "port": 81, "protocol": "TCP"}]);
        let entries = planned(&live, &json!([{"name": "web", "port": 80}])).unwrap();
        assert_eq!(entries.len(), 1);
    }

    #[test]
    fn where_keys_agree_a_plain_apply_will_do() {
        let live =
            json!([{"name": "web", "port": 80, "protocol": "TCP", "targetPort": 1, "nodePort": 30001}]);
        assert_eq!(
            planned(&live, &json!([{"name": "web", "port": 80, "targetPort": 2}])),
            None
        );
        assert_eq!(planned(&json!([]), &json!([])), None);
    }

    #[test]
    fn a_list_inside_a_list_is_found_by_the_name_of_its_element() {
        let container =
            |name: &str, port: u16| json!({"name": name, "ports": [{"name": "http", "containerPort": port}]});
        let fields = json!({"f:spec": {"f:containers": {"k:{\"name\":\"a\"}": {"f:ports": {
            "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {}}}}}});
        let live = json!({"metadata": {"managedFields": [{"fieldsV1": fields}]},
            "spec": {"containers": [container("injected", 1), container("a", 80)]}});
        let manifest = json!({"spec": {"containers": [container("a", 81)]}});
        let plan = replacements(&live, &manifest, &["/spec/containers/0/ports"]);
        assert_eq!(
            plan,
            [Replacement {
                pointer: "/spec/containers/1/ports".to_owned(),
                entries: vec![json!({"name": "http", "containerPort": 81, "protocol": "TCP"})],
            }]
        );
    }

    #[test]
    fn a_list_that_is_missing_on_either_side_is_left_to_the_apply() {
        let manifest = json!({"spec": {"ports": []}});
        assert!(replacements(&json!({}), &manifest, &["/spec/ports"]).is_empty());
        assert!(replacements(&service(&json!([])), &json!({}), &["/spec/ports"]).is_empty());
    }

    /// Ports with different numbers and names, some of either left out.
    fn ports() -> impl Strategy<Value = Vec<Value>> {
        let port = (
            1..5_u16,
            prop::option::of("[a-c]"),
            prop::option::of(prop_oneof!["TCP", "UDP"]),
        );
        prop::collection::vec(port, 0..4).prop_map(|ports| {
            let (mut numbers, mut names) = (BTreeSet::new(), BTreeSet::new());
            let mut ports: Vec<_> = ports;
            ports.retain(|(number, name, _)| {
                numbers.insert(*number) && name.as_ref().is_none_or(|name| names.insert(name.clone()))
            });
            let port = |(number, name, protocol)| {
                let all = json!({"port": number, "name": name, "protocol": protocol});
                let members = all
                    .as_object()
                    .unwrap()
                    .iter()
                    .filter(|(_, value)| !value.is_null());
                Value::Object(
                    members
                        .map(|(name, value)| (name.clone(), value.clone()))
                        .collect(),
                )
            };
            ports.into_iter().map(port).collect()
        })
    }

    /// As a server keeps it: defaults and a node port filled in.
    fn served(ports: &[Value]) -> Value {
        let keys = ["port".to_owned(), "protocol".to_owned()].into();
        let fill = |(index, port): (usize, &Value)| {
            let mut port = with_keys(port, &keys);
            port["nodePort"] = json!(30000 + index);
            port
        };
        service(&ports.iter().enumerate().map(fill).collect())
    }

    proptest! {
        #[test]
        fn what_was_put_right_needs_nothing_more(live in ports(), wanted in ports()) {
            let manifest = json!({"spec": {"ports": wanted}});
            let mut live = served(&live);
            if let Some(plan) = replacements(&live, &manifest, &["/spec/ports"]).pop() {
                prop_assert_eq!(plan.entries.len(), wanted.len());
                prop_assert!(plan.entries.iter().zip(&wanted).all(|(entry, wanted)| contains(entry, wanted)));
                live["spec"]["ports"] = json!(plan.entries);
            }
            prop_assert!(replacements(&live, &manifest, &["/spec/ports"]).is_empty());
        }

        #[test]
        fn an_entry_of_the_same_name_keeps_its_node_port(wanted in ports(), shift in 1..9_u16) {
            let moved: Vec<_> = wanted
                .iter()
                .filter(|port| name(port).is_some())
                .map(|port| {
                    let mut port = port.clone();
                    port["port"] = json!(port["port"].as_u64().unwrap() + u64::from(shift) * 10);
                    port
                })
                .collect();
            let live = served(&wanted);
            let plan = replacements(&live, &json!({"spec": {"ports": moved}}), &["/spec/ports"]);
            for entry in plan.iter().flat_map(|plan| &plan.entries) {
                let before = live["spec"]["ports"].as_array().unwrap();
                let before = before.iter().find(|old| name(old) == name(entry)).unwrap();
                prop_assert_eq!(&entry["nodePort"], &before["nodePort"]);
            }
        }
    }
}
