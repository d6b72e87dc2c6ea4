//! The ACL rules that a check needs.

use super::super::rights::{Right, Rights, all_rules};
use super::*;

#[test]
fn rights_name_the_rules_that_are_missing() {
    let answers = |allowed: [bool; 7]| {
        let items: Vec<_> = allowed.map(|allow| format!("{{\"Allow\":{allow}}}")).into();
        Rights::read(&json(&format!("[{}]", items.join(",")))).unwrap()
    };
    let peering = answers([true, false, false, false, false, false, false]);
    let needs = |right| match peering.check(right, Some("web")) {
        Ok(()) => String::new(),
        Err(Unread::Denied(rule)) => rule,
        Err(other) => panic!("{other:?}"),
    };
    assert_eq!(needs(Right::None), "");
    assert_eq!(needs(Right::Peering), "");
    assert_eq!(needs(Right::Mesh), "mesh = \"read\"");
    assert_eq!(needs(Right::Entries), "service_prefix \"\" { policy = \"read\" }");
    assert_eq!(needs(Right::Service), "service \"web\" { policy = \"read\" }\nnode_prefix \"\" { policy = \"read\" }");
    let all = "service_prefix \"\" { policy = \"read\" }\nnode_prefix \"\" { policy = \"read\" }";
    assert_eq!(peering.check(Right::Service, None), Err(Unread::Denied(all.into())), "without a service, all of them");
    assert_eq!(answers([false, false, true, false, false, false, false]).check(Right::Mesh, None), Ok(()), "operator");
    assert_eq!(Rights::ALL.check(Right::Service, None), Ok(()));
    assert_eq!(Rights::read(&json("[]")), None);
}

#[test]
fn a_service_may_be_denied_to_a_token_that_reads_all_others() {
    let allowed = r#"{"Allow":true},"#.repeat(6);
    let rights = Rights::read(&json(&format!("[{allowed}{{\"Allow\":false}}]"))).unwrap();
    let missing = Unread::Denied("service \"web\" { policy = \"read\" }".into());
    assert_eq!(rights.check(Right::Service, Some("web")), Err(missing));
}

#[test]
fn imported_instances_need_the_rules_for_all_services() {
    let of_web = Rights::read(&json(
        r#"[{"Allow":true},{"Allow":true},{"Allow":true},{"Allow":false},{"Allow":true},{"Allow":false},{"Allow":true}]"#,
    ));
    let rights = of_web.unwrap();
    assert_eq!(rights.check(Right::Service, Some("web")), Ok(()));
    let missing = Unread::Denied("service_prefix \"\" { policy = \"read\" }".into());
    assert_eq!(rights.check(Right::Catalog, Some("web")), Err(missing));
}

#[test]
fn intentions_may_be_denied_to_a_token_that_reads_services() {
    let allowed = r#"{"Allow":true}"#;
    let answers = [allowed, allowed, allowed, r#"{"Allow":false}"#, allowed, allowed, allowed];
    let rights = Rights::read(&json(&format!("[{}]", answers.join(",")))).unwrap();
    let missing = "service_prefix \"\" { policy = \"read\" intentions = \"read\" }";
    assert_eq!(rights.check(Right::Intentions, None), Err(Unread::Denied(missing.into())));
}

#[test]
fn a_list_with_omissions_skips_its_checks_and_names_the_rules() {
    let (mut east, west) = (side("east"), side("west"));
    east.imported = Err(Unread::Filtered(all_rules(Right::Catalog, None)));
    let found = check_pair(&east, &west, None);
    let check = of_east(&found, CheckId::ImportsInstances).unwrap();
    assert_eq!((check.status, &*check.message), (Status::Skipped, "a rule of the ACL token hides a part of this"));
    let rules = "service_prefix \"\" { policy = \"read\" }\nnode_prefix \"\" { policy = \"read\" }";
    assert_eq!(check.needs.as_deref(), Some(rules));
}
