"""Where the vendors' API descriptions say less than their servers do: corrected before Prism judges by them.

The contracts tell what servers were seen to do, so that the sandbox keeps to them. Each correction has its reason;
one that the description does not need (any more) is an error.
"""
import collections

# `properties` of `schema` may be null; the schema may be a part of an allOf, as "Name/1".
Null = collections.namedtuple("Null", "schema properties reason")
# A record may fit several branches of the oneOf of `schema`.
AnyOf = collections.namedtuple("AnyOf", "schema reason")
# `schema` is an open list of words.
Open = collections.namedtuple("Open", "schema reason")

SEEN = "seen as null on the wire; the samples of the contract have it"
UNSET = "Jamf Pro shows dates and texts that are not set as null (seen for other fields of the same record)"

CORRECTIONS = {
    "dd-v1-slim": [
        Open("MonitorType", "new kinds of monitors come without notice; the sandbox plays one"),
    ],
    "dd-v2-slim": [],
    "jamf-slim": [
        Null("ComputerGeneralV4", "lastReportedIpV6 barcode1 barcode2 assetTag lastCloudBackupDate distributionPoint", SEEN),
        Null("ComputerGeneralV4", "lastEnrolledDate initialEntryDate", UNSET),
        Null("ComputerRemoteManagement", "managementUsername", "always null since its removal"),
        Null("ComputerPurchase", "leaseDate", SEEN),
        Null("ComputerPurchase", "poNumber poDate warrantyDate", UNSET),
        Null("ComputerUserAndLocation", "position phone", SEEN),
        Null("ComputerUserAndLocation", "room", UNSET),
        Null("ComputerHardware", "altNetworkAdapterType altMacAddress smcVersion opticalDrive", SEEN),
        Null("ComputerOperatingSystem", "rapidSecurityResponse", SEEN),
        Null("ComputerConfigurationProfile", "lastInstalled", UNSET),
        Null("MobileDeviceIosGeneral/1", "lastBackupDate lastCloudBackupDate", UNSET),
        Null("MobileDevicePurchasing", "leaseExpiresDate", UNSET),
        Null("EnrollmentMethodPrestage", "mobileDevicePrestageId profileName", UNSET),
        Null("MobileDeviceInventory", "hardware", "a section that cannot be read is null when asked for leniently"),
        AnyOf("MobileDeviceResponse", "the branches differ in optional fields alone, so that records fit several"),
    ],
    "okta-slim": [
        Null("UserProfile", "department employeeNumber", SEEN),
        Null("OktaUserGroupProfile", "description", SEEN),
        Null("AppUser", "externalId", SEEN),
        Null("DeviceProfile", "imei meid", SEEN),
        Null("Device", "resourceAlternateId", SEEN),
    ],
}


def allow_null(properties, name):
    wanted = properties[name]
    if wanted.get("nullable"):
        raise ValueError(f"{name} may be null already")
    if "$ref" in wanted:
        wanted = properties[name] = {"allOf": [wanted]}
    wanted["nullable"] = True


def correct(schemas, correction):
    name, _, part = correction.schema.partition("/")
    schema = schemas[name]["allOf"][int(part)] if part else schemas[name]
    if isinstance(correction, Null):
        for one in correction.properties.split():
            allow_null(schema["properties"], one)
    elif isinstance(correction, AnyOf):
        schema["anyOf"] = schema.pop("oneOf")
        del schema["discriminator"]
    else:
        del schema["enum"]


def corrected(name, description):
    """The API description `name` with its corrections."""
    for correction in CORRECTIONS[name]:
        correct(description["components"]["schemas"], correction)
    return description
