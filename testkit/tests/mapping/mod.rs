//! Laws for those who write rules: sound mappings keep them, and each fault is caught by the law that names it.

mod broken;
mod contoso;
mod guide;
mod quickstart;

/// The laws of a sound mapping.
mod sound {
    use provisio_testkit::mapping_laws;

    use super::contoso;

    mapping_laws!(contoso::SPEC, contoso::schemas(), contoso::settings);
}
