//! What is read from a JSON object, and from nothing else.

/// Makes structs that are written as they are declared and read from an object only: by itself, serde also takes
/// a list of the fields in their order.
macro_rules! only_objects {
    ($($type:ty: $what:literal,)*) => { $(
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                <$type>::serialize(self, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct ObjectVisitor;
                impl<'de> serde::de::Visitor<'de> for ObjectVisitor {
                    type Value = $type;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        formatter.write_str($what)
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, object: A) -> Result<$type, A::Error> {
                        <$type>::deserialize(serde::de::value::MapAccessDeserializer::new(object))
                    }
                }
                deserializer.deserialize_map(ObjectVisitor)
            }
        }
    )* };
}
pub(super) use only_objects;

/// Reads a field that may be absent but is never `null`.
pub(super) fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}
