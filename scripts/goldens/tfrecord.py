"""Event files and Examples as Google's protobuf writes them, and a reader that shares no code with ours.

    python3 scripts/goldens/tfrecord.py                 writes packages/tfrecord/goldens/tfrecord.json
    python3 scripts/goldens/tfrecord.py check FILE...   reads event files, checks every checksum, prints a line an event

Writing needs python3-protobuf; checking needs nothing but Python. The messages' fields are stated here from
TensorFlow's event.proto, summary.proto and feature.proto. What was written is read back by the checker before it is
frozen. TensorBoard 2.21.0 reads the frozen event file, too, and takes what `tensorBoardEvents` of @tessera/nn writes for
curves; that was looked at once, on 2026-11-22.
"""

import datetime
import json
import pathlib
import struct
import sys

EVENTS = [
    {"wallTime": 1700000000.25, "step": 0, "fileVersion": "brain.Event:2"},
    {"wallTime": 1700000001.5, "step": 0, "summary": [
        {"tag": "epoch_loss", "simpleValue": 4.5}, {"tag": "epoch_accuracy", "simpleValue": 0.0},
    ]},
    {"wallTime": 1700000002.125, "step": 1, "summary": [{"tag": "epoch_learning_rate", "simpleValue": 2.0**-10}]},
    {"wallTime": 1e-3, "step": 300, "summary": [{"tag": "Verlust \u00fc \U0001f600", "simpleValue": -1.5}]},
    {"wallTime": 0, "step": 2**53 - 1, "summary": [{"tag": "", "simpleValue": 3.4028234663852886e38}]},
    {"wallTime": 0, "step": -2, "summary": []},
    {"wallTime": 0, "step": 0},
]

# Names in an order that is neither that of UTF-8 bytes nor that of UTF-16 units. int64 as text: JSON has no such numbers.
EXAMPLES = [
    {},
    {"label": {"kind": "int64", "values": ["3"]}},
    {
        "\U0001f600": {"kind": "int64", "values": ["0", "127", "128", "-1", str(2**63 - 1), str(-(2**63))]},
        "\uffee": {"kind": "float", "values": [0.0, -1.5, 3.4028234663852886e38, 1.401298464324817e-45]},
        "__proto__": {"kind": "bytes", "values": ["", "00ff", "70"]},
        "constructor": {"kind": "unset"},
        "b": {"kind": "float", "values": []},
        "a": {"kind": "bytes", "values": []},
        "": {"kind": "int64", "values": []},
    },
]


# --- The reader: nothing but Python ----------------------------------------------------------------------------------


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17 & 0xFFFFFFFF) + 0xA282EAD8) & 0xFFFFFFFF


def frame(data):
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked(length)) + data + struct.pack("<I", masked(data))


def read_records(data):
    at = 0
    while at < len(data):
        length, length_checksum = struct.unpack_from("<QI", data, at)
        assert masked(data[at : at + 8]) == length_checksum, f"the length's checksum differs at byte {at}"
        record = data[at + 12 : at + 12 + length]
        assert len(record) == length, f"truncated at byte {at}"
        assert struct.unpack_from("<I", data, at + 12 + length) == (masked(record),), f"checksum differs at byte {at}"
        yield record
        at += 16 + length


def read_varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return value, at


def read_fields(data):
    """Field number and value of each field: integers, or bytes."""
    at = 0
    while at < len(data):
        tag, at = read_varint(data, at)
        if tag & 7 == 0:
            value, at = read_varint(data, at)
        else:
            length, at = {1: lambda: (8, at), 5: lambda: (4, at), 2: lambda: read_varint(data, at)}[tag & 7]()
            value, at = data[at : at + length], at + length
            assert len(value) == length, "truncated field"
        yield tag >> 3, value


def read_event(data):
    event = {"wallTime": 0, "step": 0}
    for field, value in read_fields(data):
        if field == 1:
            (event["wallTime"],) = struct.unpack("<d", value)
        elif field == 2:
            event["step"] = value - (value >> 63 << 64)
        elif field == 3:
            event["fileVersion"] = value.decode()
        elif field == 5:
            event["summary"] = [read_value(value) for number, value in read_fields(value) if number == 1]
    return event


def read_value(data):
    value = {"tag": "", "simpleValue": None}
    for field, content in read_fields(data):
        if field == 1:
            value["tag"] = content.decode()
        elif field == 2:
            (value["simpleValue"],) = struct.unpack("<f", content)
    return value


# --- The writer: Google's protobuf -----------------------------------------------------------------------------------


def messages():
    """Classes of tensorflow.Event and tensorflow.Example, and protobuf's version."""
    import google.protobuf
    from google.protobuf import descriptor_pb2, descriptor_pool

    try:
        from google.protobuf.message_factory import GetMessageClass
    except ImportError:
        from google.protobuf.message_factory import MessageFactory

        GetMessageClass = MessageFactory().GetPrototype

    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="records.proto", package="records", syntax="proto3")

    def define(parent, name, fields):
        message = parent.add(name=name)
        for field, number, kind, *rest in fields:
            added = message.field.add(name=field, number=number, label=kinds.LABEL_OPTIONAL)
            if kind[0].isupper():
                added.type, added.type_name = kinds.TYPE_MESSAGE, f".records.{kind}"
            else:
                added.type = getattr(kinds, f"TYPE_{kind.upper()}")
            if "repeated" in rest:
                added.label = kinds.LABEL_REPEATED
            if "oneof" in rest:
                if not message.oneof_decl:
                    message.oneof_decl.add(name="kind")
                added.oneof_index = 0
        return message

    top = file.message_type
    define(top, "Value", [("tag", 1, "string"), ("simple_value", 2, "float", "oneof")])
    define(top, "Summary", [("value", 1, "Value", "repeated")])
    define(top, "Event", [
        ("wall_time", 1, "double"), ("step", 2, "int64"), ("file_version", 3, "string", "oneof"),
        ("summary", 5, "Summary", "oneof"),
    ])
    for name, kind in [("BytesList", "bytes"), ("FloatList", "float"), ("Int64List", "int64")]:
        define(top, name, [("value", 1, kind, "repeated")])
    define(top, "Feature", [
        ("bytes", 1, "BytesList", "oneof"), ("float", 2, "FloatList", "oneof"), ("int64", 3, "Int64List", "oneof"),
    ])
    features = define(top, "Features", [("feature", 1, "Features.FeatureEntry", "repeated")])
    define(features.nested_type, "FeatureEntry", [("key", 1, "string"), ("value", 2, "Feature")])
    features.nested_type[0].options.map_entry = True
    define(top, "Example", [("features", 1, "Features")])
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    classes = [GetMessageClass(pool.FindMessageTypeByName(f"records.{name}")) for name in ("Event", "Example")]
    return (*classes, google.protobuf.__version__)


def write_event(Event, event):
    message = Event(wall_time=event["wallTime"], step=event["step"])
    if "fileVersion" in event:
        message.file_version = event["fileVersion"]
    if "summary" in event:
        message.summary.SetInParent()
        for value in event["summary"]:
            message.summary.value.add(tag=value["tag"], simple_value=value["simpleValue"])
    return message.SerializeToString(deterministic=True)


def write_example(Example, features):
    message = Example()
    message.features.SetInParent()
    for name, feature in features.items():
        target = message.features.feature[name]
        if feature["kind"] == "unset":
            continue
        values = getattr(target, feature["kind"])
        values.SetInParent()
        convert = {"bytes": bytes.fromhex, "float": float, "int64": int}[feature["kind"]]
        values.value.extend(convert(value) for value in feature["values"])
    return message.SerializeToString(deterministic=True)


def freeze():
    assert crc32c(b"123456789") == 0xE3069283
    Event, Example, version = messages()
    file = b"".join(frame(write_event(Event, event)) for event in EVENTS)
    assert [read_event(record) for record in read_records(file)] == EVENTS
    goldens = {
        "provenance": {
            "script": "scripts/goldens/tfrecord.py",
            "protobuf": version,
            "python": sys.version.split()[0],
            "date": datetime.date.today().isoformat(),
        },
        "events": {"inputs": EVENTS, "file": file.hex()},
        "examples": [
            {"features": list(map(list, features.items())), "message": write_example(Example, features).hex()}
            for features in EXAMPLES
        ],
    }
    path = pathlib.Path(__file__).parents[2] / "packages/tfrecord/goldens/tfrecord.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(goldens, indent=2) + "\n")


def check(paths):
    for path in paths:
        for record in read_records(pathlib.Path(path).read_bytes()):
            print(json.dumps({"file": path, **read_event(record)}))


if sys.argv[1:2] == ["check"]:
    check(sys.argv[2:])
else:
    freeze()
