/* roster_document.c - the shape of a roster file, as a libcyaml schema. */
#include "io/roster_document.h"

#include "core/status.h"
#include "io/yaml.h"

const char *const roster_posts[ROSTER_POSTS] = {"handler", "manager", "director", "general_manager"};

#define TEXT(structure, key) CYAML_FIELD_STRING(#key, CYAML_FLAG_OPTIONAL, struct structure, key, 1)
#define TEXT_NEEDED(structure, key) CYAML_FIELD_STRING(#key, CYAML_FLAG_DEFAULT, struct structure, key, 1)
#define POST(structure, key, level) CYAML_FIELD_STRING(key, CYAML_FLAG_OPTIONAL, struct structure, posts.post[level], 1)
#define MANY(structure, member, flags, entry, least, most) \
    CYAML_FIELD_SEQUENCE_COUNT(#member, flags, struct structure, member, member##_count, entry, least, most)

static const cyaml_schema_field_t department_fields[] = {
    TEXT_NEEDED(document_store_department, department),
    POST(document_store_department, "handler", ROSTER_HANDLER),
    POST(document_store_department, "manager", ROSTER_MANAGER),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t department_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct document_store_department, department_fields)};

static const cyaml_schema_field_t store_fields[] = {
    TEXT_NEEDED(document_store, store),
    TEXT(document_store, name),
    TEXT(document_store, name_en),
    TEXT(document_store, region),
    POST(document_store, "handler", ROSTER_HANDLER),
    POST(document_store, "manager", ROSTER_MANAGER),
    POST(document_store, "director", ROSTER_DIRECTOR),
    POST(document_store, "general_manager", ROSTER_GENERAL_MANAGER),
    MANY(document_store, departments, CYAML_FLAG_OPTIONAL, &department_value, 1, ROSTER_STORE_DEPARTMENTS_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t store_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct document_store, store_fields)};

static const cyaml_schema_field_t person_fields[] = {
    TEXT_NEEDED(document_person, number), TEXT(document_person, title),    TEXT(document_person, store),
    TEXT(document_person, department),    TEXT(document_person, superior), CYAML_FIELD_END,
};
static const cyaml_schema_value_t person_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct document_person, person_fields)};

static const cyaml_schema_field_t substitute_fields[] = {
    TEXT_NEEDED(document_substitute, person),
    TEXT(document_substitute, by),
    TEXT_NEEDED(document_substitute, from),
    TEXT_NEEDED(document_substitute, to),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t substitute_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct document_substitute, substitute_fields)};

static const cyaml_schema_field_t contact_fields[] = {
    TEXT_NEEDED(document_contact, topic),
    TEXT_NEEDED(document_contact, person),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t contact_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct document_contact, contact_fields)};

static const cyaml_schema_value_t name_value = {CYAML_VALUE_STRING(CYAML_FLAG_DEFAULT, roster_name, 1, NAME_MAX_BYTES)};

static const cyaml_schema_field_t roster_fields[] = {
    TEXT(roster_document, name),
    POST(roster_document, "director", ROSTER_DIRECTOR),
    POST(roster_document, "general_manager", ROSTER_GENERAL_MANAGER),
    MANY(roster_document, management_group, CYAML_FLAG_DEFAULT, &name_value, 1, ROSTER_GROUP_MAX),
    MANY(roster_document, contacts, CYAML_FLAG_OPTIONAL, &contact_value, 1, ROSTER_CONTACTS_MAX),
    MANY(roster_document, stores, CYAML_FLAG_DEFAULT, &store_value, 1, ROSTER_STORES_MAX),
    MANY(roster_document, staff, CYAML_FLAG_DEFAULT, &person_value, 1, ROSTER_STAFF_MAX),
    MANY(roster_document, substitutes, CYAML_FLAG_OPTIONAL, &substitute_value, 1, ROSTER_SUBSTITUTES_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t roster_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct roster_document, roster_fields)};

int roster_document_load(struct span text, struct roster_document **ret_document, char *message)
{
    void *loaded;
    int result = yaml_load(&roster_value, text, &loaded, message);
    if (result < 0)
        return result == -E_BAD_FORMAT ? -E_BAD_ROSTER : result;
    *ret_document = loaded;
    return 0;
}

void roster_document_free(struct roster_document *document)
{
    if (document)
        yaml_free(&roster_value, document);
}
