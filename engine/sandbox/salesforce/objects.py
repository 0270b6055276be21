"""The standard objects of the sandbox, with the fields that loads and queries usually touch.

Every object but User also has `External_Id__c`, a unique external id, so that upserts can be tried without
set-up.
"""

from __future__ import annotations

from dataclasses import replace

from engine.sandbox.salesforce.schema import Field, FieldType, SObject

_LEAD_SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")
_INDUSTRIES = (
    "Agriculture", "Apparel", "Banking", "Biotechnology", "Chemicals", "Communications", "Construction",
    "Consulting", "Education", "Electronics", "Energy", "Engineering", "Entertainment", "Environmental",
    "Finance", "Food & Beverage", "Government", "Healthcare", "Hospitality", "Insurance", "Machinery",
    "Manufacturing", "Media", "Not For Profit", "Recreation", "Retail", "Shipping", "Technology",
    "Telecommunications", "Transportation", "Utilities", "Other",
)  # fmt: skip


def text(name: str, length: int = 255, label: str = "", *, required: bool = False) -> Field:
    """A plain text field."""
    return Field(name, FieldType.STRING, label, length, required)


def area(name: str, length: int = 32_000, label: str = "") -> Field:
    """A long text field."""
    return Field(name, FieldType.TEXTAREA, label, length)


def choice(name: str, *values: str, label: str = "", required: bool = False, default: str | None = None) -> Field:
    """A picklist; the standard ones are not restricted, so other values are saved as well."""
    return Field(name, FieldType.PICKLIST, label, 255, required, values=values, default=default)


def phone(name: str, label: str = "") -> Field:
    """A telephone number."""
    return Field(name, FieldType.PHONE, label, 40)


def email(name: str, label: str = "") -> Field:
    """An e-mail address."""
    return Field(name, FieldType.EMAIL, label, 80)


def url(name: str, label: str = "") -> Field:
    """A web address."""
    return Field(name, FieldType.URL, label, 255)


def number(name: str, kind: FieldType, label: str = "") -> Field:
    """A number of the given kind."""
    return Field(name, kind, label)


def flag(name: str, label: str = "", *, default: int = 0) -> Field:
    """A checkbox."""
    return Field(name, FieldType.BOOLEAN, label, default=default)


def lookup(name: str, to: str, label: str = "", relationship: str = "") -> Field:
    """A reference to another object."""
    return Field(
        name,
        FieldType.REFERENCE,
        label,
        18,
        reference_to=to,
        relationship=relationship or name.removesuffix("Id"),
    )


def computed(name: str, kind: FieldType, sql: str, label: str = "") -> Field:
    """A field that follows from others."""
    return Field(name, kind, label, 255, createable=False, updateable=False, generated=sql)


def external_id() -> Field:
    """The unique external id that every standard object gets."""
    return Field("External_Id__c", FieldType.STRING, "External Id", 64, unique=True, external_id=True)


def _kept(name: str, kind: FieldType, label: str, default: int | None = None) -> Field:
    """A field that only the service itself writes."""
    return Field(name, kind, label, createable=False, updateable=False, default=default)


def _by(name: str, label: str) -> Field:
    return replace(
        _kept(name, FieldType.REFERENCE, label),
        length=18,
        reference_to="User",
        relationship=name.removesuffix("Id"),
    )


def system_fields(*, owned: bool = True) -> tuple[Field, ...]:
    """The fields every record has; the sandbox fills them."""
    fields = [
        replace(_kept("Id", FieldType.ID, "Record ID"), length=18),
        _kept("IsDeleted", FieldType.BOOLEAN, "Deleted", 0),
        _kept("CreatedDate", FieldType.DATETIME, "Created Date"),
        _by("CreatedById", "Created By ID"),
        _kept("LastModifiedDate", FieldType.DATETIME, "Last Modified Date"),
        _by("LastModifiedById", "Last Modified By ID"),
        _kept("SystemModstamp", FieldType.DATETIME, "System Modstamp"),
    ]
    if owned:
        fields.append(lookup("OwnerId", "User", "Owner ID"))
    return tuple(fields)


def address(prefix: str, label: str) -> tuple[Field, ...]:
    """The parts of an address and the compound field over them."""
    return (
        Field(f"{prefix}Street", FieldType.TEXTAREA, f"{label} Street", 255),
        text(f"{prefix}City", 40, f"{label} City"),
        text(f"{prefix}State", 80, f"{label} State/Province"),
        text(f"{prefix}PostalCode", 20, f"{label} Zip/Postal Code"),
        text(f"{prefix}Country", 80, f"{label} Country"),
        number(f"{prefix}Latitude", FieldType.DOUBLE, f"{label} Latitude"),
        number(f"{prefix}Longitude", FieldType.DOUBLE, f"{label} Longitude"),
        Field(f"{prefix}Address", FieldType.ADDRESS, f"{label} Address", createable=False, updateable=False),
    )


_PERSON_NAME = "trim(coalesce(\"FirstName\" || ' ', '') || coalesce(\"LastName\", ''))"
_CLOSED_STAGE = "coalesce(\"StageName\" IN ('Closed Won', 'Closed Lost'), 0)"


def _account() -> SObject:
    return SObject("Account", "001", "Account", "Accounts", (
        *system_fields(),
        text("Name", 255, "Account Name", required=True),
        choice("Type", "Prospect", "Customer - Direct", "Customer - Channel", "Technology Partner", "Other",
               label="Account Type"),
        lookup("ParentId", "Account", "Parent Account ID"),
        *address("Billing", "Billing"),
        *address("Shipping", "Shipping"),
        phone("Phone", "Account Phone"),
        phone("Fax", "Account Fax"),
        text("AccountNumber", 40, "Account Number"),
        url("Website"),
        text("Sic", 20, "SIC Code"),
        choice("Industry", *_INDUSTRIES),
        number("AnnualRevenue", FieldType.CURRENCY, "Annual Revenue"),
        number("NumberOfEmployees", FieldType.INT, "Employees"),
        choice("Ownership", "Public", "Private", "Subsidiary", "Other"),
        text("TickerSymbol", 20, "Ticker Symbol"),
        area("Description", label="Account Description"),
        choice("Rating", "Hot", "Warm", "Cold", label="Account Rating"),
        text("Site", 80, "Account Site"),
        choice("AccountSource", *_LEAD_SOURCES, label="Account Source"),
        choice("CustomerPriority__c", "High", "Low", "Medium", label="Customer Priority"),
        choice("SLA__c", "Gold", "Silver", "Platinum", "Bronze", label="SLA"),
        choice("Active__c", "No", "Yes", label="Active"),
        Field("SLAExpirationDate__c", FieldType.DATE, "SLA Expiration Date"),
        number("NumberofLocations__c", FieldType.DOUBLE, "Number of Locations"),
        external_id(),
    ))  # fmt: skip


def _contact() -> SObject:
    return SObject("Contact", "003", "Contact", "Contacts", (
        *system_fields(),
        lookup("AccountId", "Account", "Account ID"),
        text("FirstName", 40, "First Name"),
        text("LastName", 80, "Last Name", required=True),
        computed("Name", FieldType.STRING, _PERSON_NAME, "Full Name"),
        choice("Salutation", "Mr.", "Ms.", "Mrs.", "Dr.", "Prof."),
        *address("Mailing", "Mailing"),
        phone("Phone", "Business Phone"),
        phone("MobilePhone", "Mobile Phone"),
        email("Email"),
        text("Title", 128),
        text("Department", 80),
        Field("Birthdate", FieldType.DATE),
        choice("LeadSource", *_LEAD_SOURCES, label="Lead Source"),
        area("Description", label="Contact Description"),
        lookup("ReportsToId", "Contact", "Reports To ID"),
        external_id(),
    ))  # fmt: skip


def _lead() -> SObject:
    return SObject("Lead", "00Q", "Lead", "Leads", (
        *system_fields(),
        text("FirstName", 40, "First Name"),
        text("LastName", 80, "Last Name", required=True),
        computed("Name", FieldType.STRING, _PERSON_NAME, "Full Name"),
        text("Company", 255, required=True),
        text("Title", 128),
        Field("Street", FieldType.TEXTAREA, "", 255),
        text("City", 40),
        text("State", 80, "State/Province"),
        text("PostalCode", 20, "Zip/Postal Code"),
        text("Country", 80),
        phone("Phone"),
        email("Email"),
        url("Website"),
        choice("LeadSource", *_LEAD_SOURCES, label="Lead Source"),
        choice("Status", "Open - Not Contacted", "Working - Contacted", "Closed - Converted",
               "Closed - Not Converted", default="Open - Not Contacted"),
        choice("Industry", *_INDUSTRIES),
        choice("Rating", "Hot", "Warm", "Cold"),
        number("AnnualRevenue", FieldType.CURRENCY, "Annual Revenue"),
        number("NumberOfEmployees", FieldType.INT, "Employees"),
        area("Description"),
        external_id(),
    ))  # fmt: skip


def _opportunity() -> SObject:
    return SObject("Opportunity", "006", "Opportunity", "Opportunities", (
        *system_fields(),
        lookup("AccountId", "Account", "Account ID"),
        text("Name", 120, "Name", required=True),
        choice("StageName", "Prospecting", "Qualification", "Needs Analysis", "Proposal/Price Quote",
               "Negotiation/Review", "Closed Won", "Closed Lost", label="Stage", required=True),
        Field("CloseDate", FieldType.DATE, "Close Date", required=True),
        number("Amount", FieldType.CURRENCY),
        number("Probability", FieldType.PERCENT, "Probability (%)"),
        choice("Type", "New Customer", "Existing Customer - Upgrade", label="Opportunity Type"),
        text("NextStep", 255, "Next Step"),
        choice("LeadSource", *_LEAD_SOURCES, label="Lead Source"),
        computed("IsClosed", FieldType.BOOLEAN, _CLOSED_STAGE, "Closed"),
        computed("IsWon", FieldType.BOOLEAN, "coalesce(\"StageName\" = 'Closed Won', 0)", "Won"),
        area("Description"),
        external_id(),
    ))  # fmt: skip


def _case() -> SObject:
    return SObject("Case", "500", "Case", "Cases", (
        *system_fields(),
        computed("CaseNumber", FieldType.STRING, "printf('%08d', seq + 1000)", "Case Number"),
        lookup("ContactId", "Contact", "Contact ID"),
        lookup("AccountId", "Account", "Account ID"),
        text("SuppliedName", 80, "Name"),
        email("SuppliedEmail", "Email Address"),
        choice("Type", "Mechanical", "Electrical", "Electronic", "Structural", "Other", label="Case Type"),
        choice("Status", "New", "Working", "Escalated", "Closed", default="New"),
        choice("Origin", "Phone", "Email", "Web", label="Case Origin"),
        choice("Reason", "Installation", "Equipment Complexity", "Performance", "Breakdown", "Other",
               label="Case Reason"),
        choice("Priority", "High", "Medium", "Low", default="Medium"),
        text("Subject", 255),
        area("Description"),
        computed("IsClosed", FieldType.BOOLEAN, "coalesce(\"Status\" = 'Closed', 0)", "Closed"),
        external_id(),
    ))  # fmt: skip


def _user() -> SObject:
    return SObject("User", "005", "User", "Users", (
        *system_fields(owned=False),
        text("Username", 80, required=True),
        text("FirstName", 40, "First Name"),
        text("LastName", 80, "Last Name", required=True),
        computed("Name", FieldType.STRING, _PERSON_NAME, "Full Name"),
        text("Alias", 8),
        email("Email"),
        flag("IsActive", "Active", default=1),
    ), loadable=False)  # fmt: skip


def custom_fields() -> tuple[Field, ...]:
    """The fields a custom object starts with."""
    return (*system_fields(), text("Name", 80, "Name"), external_id())


def standard_objects() -> tuple[SObject, ...]:
    """Every object an empty org has."""
    return (_account(), _contact(), _lead(), _opportunity(), _case(), _user())
