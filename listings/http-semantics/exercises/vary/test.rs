//! `cargo test -p http-semantics --test vary`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use exercise::{Cache, Response};
use http_messages::Fields;

fn fields(lines: &[(&str, &str)]) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in lines {
        fields.append(name, value).unwrap();
    }
    fields
}

struct World(Cache);

impl World {
    fn put(&mut self, request: &[(&str, &str)], vary: &[&str], content: &'static str) {
        let vary: Vec<_> = vary.iter().map(|names| ("Vary", *names)).collect();
        self.0.put("/", &fields(request), Response { fields: fields(&vary), content });
    }

    fn get(&self, request: &[(&str, &str)]) -> &'static str {
        self.0.get("/", &fields(request)).map_or("nothing", |response| response.content)
    }
}

const ZH: &[(&str, &str)] = &[("Accept-Language", "zh")];
const EN: &[(&str, &str)] = &[("Accept-Language", "en")];

#[test]
fn without_vary_there_is_one_for_all() {
    let mut world = World(Cache::default());
    world.put(ZH, &[], "one");
    assert_eq!((world.get(ZH), world.get(EN), world.get(&[])), ("one", "one", "one"));
    assert!(world.0.get("/other", &fields(ZH)).is_none());
}

#[test]
fn each_reader_gets_their_own() {
    let mut world = World(Cache::default());
    world.put(ZH, &["Accept-Language"], "你好");
    assert_eq!(world.get(ZH), "你好");
    assert_eq!(world.get(EN), "nothing", "the second reader gets what the first one asked for");
    world.put(EN, &["Accept-Language"], "Hello");
    assert_eq!((world.get(ZH), world.get(EN)), ("你好", "Hello"));
}

#[test]
fn absent_is_a_value_of_its_own() {
    let mut world = World(Cache::default());
    world.put(&[], &["Accept-Language"], "default");
    assert_eq!(world.get(&[]), "default");
    assert_eq!(world.get(EN), "nothing");
    assert_eq!(world.get(&[("Accept-Language", "")]), "nothing");
}

#[test]
fn other_fields_have_no_say() {
    let mut world = World(Cache::default());
    world.put(ZH, &["accept-language"], "你好");
    assert_eq!(world.get(&[("ACCEPT-LANGUAGE", "zh"), ("User-Agent", "x")]), "你好");
}

#[test]
fn several_names_on_several_lines() {
    let mut world = World(Cache::default());
    let both = &[("Accept-Language", "zh"), ("Accept-Encoding", "br")];
    world.put(both, &["Accept-Language", "Accept-Encoding, Accept"], "你好, packed");
    assert_eq!(world.get(both), "你好, packed");
    assert_eq!(world.get(ZH), "nothing");
}

#[test]
fn white_space_says_nothing() {
    let mut world = World(Cache::default());
    world.put(&[("Accept-Language", "zh, en;q=0.5")], &["Accept-Language"], "你好");
    assert_eq!(world.get(&[("Accept-Language", "zh ,en;q=0.5")]), "你好");
    assert_eq!(world.get(&[("Accept-Language", "zh"), ("Accept-Language", "en;q=0.5")]), "你好");
}

#[test]
fn a_star_means_that_nobody_else_gets_it() {
    let mut world = World(Cache::default());
    world.put(EN, &["*"], "only this once");
    assert_eq!(world.get(EN), "nothing");
}

#[test]
fn the_newest_takes_the_place_of_the_old() {
    let mut world = World(Cache::default());
    world.put(EN, &["Accept-Language"], "old");
    world.put(ZH, &["Accept-Language"], "中文");
    world.put(EN, &["Accept-Language"], "new");
    assert_eq!((world.get(EN), world.get(ZH)), ("new", "中文"));
}
