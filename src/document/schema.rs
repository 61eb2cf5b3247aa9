//! JSON Schemas made from the wire types, tidied for people and editors.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

/// The schema of a type that is read from TOML, which has no `null`.
pub(crate) fn of_toml<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(WithoutNulls));
    let settings = settings.with_transform(RecursiveTransform(WithExpressions));
    settings.with_transform(RecursiveTransform(Tidy)).into_generator().into_root_schema_for::<T>().to_value()
}

/// The schema of a type that is read from YAML, in which no expressions are read and no value is `null`.
pub(crate) fn of_yaml<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(WithoutNulls));
    settings.with_transform(RecursiveTransform(Tidy)).into_generator().into_root_schema_for::<T>().to_value()
}

/// The schema of a type that is read from JSON.
pub(crate) fn of_json<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(Tidy));
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// The schema of a type that is written as JSON.
pub(crate) fn of_output<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize().with_transform(RecursiveTransform(Tidy));
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// The schema that a reference names, or the schema itself.
pub(crate) fn target<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let name = schema.get("$ref").and_then(Value::as_str).and_then(|it| it.strip_prefix("#/$defs/"));
    name.and_then(|it| root.get("$defs")?.get(it)).unwrap_or(schema)
}

/// A keyword of a schema: the one next to its reference, else the one in the referenced schema.
pub(crate) fn keyword<'a>(root: &'a Value, schema: &'a Value, name: &str) -> Option<&'a Value> {
    schema.get(name).or_else(|| target(root, schema).get(name))
}

/// The values that a text may have, with what each means; empty where any will do.
pub(crate) fn variants<'a>(root: &'a Value, schema: &'a Value) -> Vec<(&'a str, &'a str)> {
    let described = |it: &'a Value| {
        let text = it.get("description").and_then(Value::as_str).unwrap_or_default();
        it.get("const").and_then(Value::as_str).map(|name| (name, text))
    };
    let schema = target(root, schema);
    let one_of = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten().filter_map(described);
    let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
    one_of.chain(listed.filter_map(Value::as_str).map(|it| (it, ""))).collect()
}

/// Removes `null` from what a value may be.
#[derive(Debug, Clone, Copy)]
struct WithoutNulls;

impl Transform for WithoutNulls {
    fn transform(&mut self, schema: &mut Schema) {
        let Some(object) = schema.as_object_mut() else { return };
        if let Some(Value::Array(types)) = object.get_mut("type") {
            types.retain(|it| it != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                object.insert("type".to_owned(), only);
            }
        }
        if let Some(Value::Array(branches)) = object.get_mut("anyOf") {
            branches.retain(|it| it.get("type").is_none_or(|it| it != "null"));
            if let [Value::Object(only)] = branches.as_slice() {
                let only = only.clone();
                object.remove("anyOf");
                object.extend(only.into_iter().filter(|(key, _)| key != "description"));
            }
        }
    }
}

/// Lets an expression stand for any value of a closed set, where expressions work.
#[derive(Debug, Clone, Copy)]
struct WithExpressions;

impl Transform for WithExpressions {
    fn transform(&mut self, schema: &mut Schema) {
        let Some(object) = schema.as_object_mut() else { return };
        if object.contains_key("x-expressions") {
            return;
        }
        if let Some(Value::Array(branches)) = object.get_mut("oneOf")
            && branches.iter().all(|it| it.get("const").is_some())
        {
            branches.push(json!({
                "type": "string", "pattern": "[$%]", "description": "An expression that gives one of these."
            }));
        }
    }
}

/// Removes defaults that only mean "none", and joins the lines of descriptions.
#[derive(Debug, Clone, Copy)]
struct Tidy;

impl Transform for Tidy {
    fn transform(&mut self, schema: &mut Schema) {
        let Some(object) = schema.as_object_mut() else { return };
        if object.get("default").is_some_and(|it| it.is_null() || it.is_object()) {
            object.remove("default");
        }
        // The documentation comments are wrapped for the source; people read them in lines of their own.
        if let Some(Value::String(text)) = object.get_mut("description") {
            *text = text.replace('\n', " ");
        }
    }
}
