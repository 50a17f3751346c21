import CAravis
import Imaging

/// What a GenICam client reads of a sensor: features by their standard names (SFNC), each over a register of the device.
struct GenICamDescription {
    var vendor: String
    var model: String
    var mode: SensorDataSheet.Mode
    var formatName: String
    var formatValue: UInt32
    /// Frames a second.
    var maximumFrameRate: Double
    /// Microseconds.
    var exposure: ClosedRange<Int>
    /// Linear.
    var gain: ClosedRange<Double>
    /// Pixels by which regions grow and move sideways, so that their rows begin with whole bytes.
    var columnStep: Int

    /// Steps of the register behind the gain.
    static let gainSteps = 1000

    var xml: String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <RegisterDescription ModelName="\(Self.identifier(model))" VendorName="\(Self.identifier(vendor))" \
        ToolTip="Emulated image sensor" StandardNameSpace="GEV" SchemaMajorVersion="1" SchemaMinorVersion="1" \
        SchemaSubMinorVersion="0" MajorVersion="1" MinorVersion="0" SubMinorVersion="0" \
        ProductGuid="5B5E8A8E-6E0C-4E8B-9F6D-9C1C0D0F0E0A" VersionGuid="5B5E8A8E-6E0C-4E8B-9F6D-9C1C0D0F0E0B" \
        xmlns="http://www.genicam.org/GenApi/Version_1_1" \
        xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
        xsi:schemaLocation="http://www.genicam.org/GenApi/Version_1_1 GenApiSchema_Version_1_1.xsd">
        \(nodes.joined(separator: "\n"))
        <Port Name="Device" NameSpace="Standard"></Port>
        </RegisterDescription>

        """
    }

    private var nodes: [String] {
        [
            Self.category(
                "Root",
                [
                    "DeviceControl", "ImageFormatControl", "AcquisitionControl", "AnalogControl",
                    "TransportLayerControl",
                ]),
            Self.category(
                "DeviceControl", ["DeviceVendorName", "DeviceModelName", "DeviceVersion", "DeviceSerialNumber"]),
            Self.text("DeviceVendorName", address: 0x48, length: 32),
            Self.text("DeviceModelName", address: 0x68, length: 32),
            Self.text("DeviceVersion", address: 0x88, length: 32),
            Self.text("DeviceSerialNumber", address: 0xD8, length: 16),
        ] + imageFormat + acquisition + transport
    }

    private var imageFormat: [String] {
        [
            Self.category(
                "ImageFormatControl",
                [
                    "SensorWidth", "SensorHeight", "WidthMax", "HeightMax", "Width", "Height", "OffsetX", "OffsetY",
                    "PixelFormat",
                ]),
            Self.integer("SensorWidth", over: "SensorWidthRegister"),
            Self.register("SensorWidthRegister", CA_REGISTER_SENSOR_WIDTH, mode: "RO"),
            Self.integer("SensorHeight", over: "SensorHeightRegister"),
            Self.register("SensorHeightRegister", CA_REGISTER_SENSOR_HEIGHT, mode: "RO"),
            // Limits are computed from registers: features that limit each other would go round in a circle.
            Self.formula("WidthMax", "SENSOR - OFFSET", ["SENSOR": "SensorWidth", "OFFSET": "OffsetXRegister"]),
            Self.formula("HeightMax", "SENSOR - OFFSET", ["SENSOR": "SensorHeight", "OFFSET": "OffsetYRegister"]),
            Self.formula("OffsetXMax", "SENSOR - SIZE", ["SENSOR": "SensorWidth", "SIZE": "WidthRegister"]),
            Self.formula("OffsetYMax", "SENSOR - SIZE", ["SENSOR": "SensorHeight", "SIZE": "HeightRegister"]),
            Self.integer("Width", over: "WidthRegister", least: columnStep, most: "WidthMax", step: columnStep),
            Self.register("WidthRegister", CA_REGISTER_WIDTH),
            Self.integer("Height", over: "HeightRegister", least: 2, most: "HeightMax", step: 2),
            Self.register("HeightRegister", CA_REGISTER_HEIGHT),
            Self.integer("OffsetX", over: "OffsetXRegister", least: 0, most: "OffsetXMax", step: columnStep),
            Self.register("OffsetXRegister", CA_REGISTER_X),
            Self.integer("OffsetY", over: "OffsetYRegister", least: 0, most: "OffsetYMax", step: 2),
            Self.register("OffsetYRegister", CA_REGISTER_Y),
            Self.choice("PixelFormat", over: "PixelFormatRegister", [(formatName, Int(formatValue))]),
            Self.register("PixelFormatRegister", CA_REGISTER_PIXEL_FORMAT),
        ]
    }

    private var acquisition: [String] {
        [
            Self.category(
                "AcquisitionControl",
                [
                    "AcquisitionMode", "AcquisitionStart", "AcquisitionStop", "AcquisitionFrameRate", "ExposureTime",
                ]),
            Self.choice("AcquisitionMode", over: "AcquisitionModeRegister", [("Continuous", 1)]),
            Self.register("AcquisitionModeRegister", CA_REGISTER_ACQUISITION_MODE),
            Self.command("AcquisitionStart", over: "AcquisitionRegister", value: 1),
            Self.command("AcquisitionStop", over: "AcquisitionRegister", value: 0),
            Self.register("AcquisitionRegister", CA_REGISTER_ACQUISITION),
            Self.float("AcquisitionFrameRate", over: "FramePeriod", 0.001...maximumFrameRate, unit: "Hz"),
            Self.converter("FramePeriod", to: "1000000 / FROM", from: "1000000 / TO", over: "FramePeriodInteger"),
            // A rate is one divided by it, also where clients look for its bounds.
            "<Integer Name=\"FramePeriodInteger\" NameSpace=\"Custom\"><pValue>FramePeriodRegister</pValue>"
                + "<Min>1</Min><Max>4294967295</Max></Integer>",
            Self.register("FramePeriodRegister", CA_REGISTER_PERIOD_US),
            Self.float(
                "ExposureTime", over: "ExposureTimeConverter",
                Double(exposure.lowerBound)...Double(exposure.upperBound),
                unit: "us"),
            Self.converter("ExposureTimeConverter", to: "FROM", from: "TO", over: "ExposureTimeRegister"),
            Self.register("ExposureTimeRegister", CA_REGISTER_EXPOSURE_US),
            Self.category("AnalogControl", ["Gain"]),
            Self.float("Gain", over: "GainConverter", gain, unit: ""),
            Self.converter(
                "GainConverter", to: "FROM * \(Self.gainSteps)", from: "TO / \(Self.gainSteps).0", over: "GainRegister"),
            Self.register("GainRegister", CA_REGISTER_GAIN),
        ]
    }

    private var transport: [String] {
        [
            Self.category("TransportLayerControl", ["PayloadSize", "TLParamsLocked"]),
            Self.formula(
                "PayloadSize", "WIDTH * HEIGHT * ((FORMAT >> 16) &amp; 0xFF) / 8",
                ["WIDTH": "Width", "HEIGHT": "Height", "FORMAT": "PixelFormat"]),
            """
            <Integer Name="TLParamsLocked" NameSpace="Standard">
            <Visibility>Invisible</Visibility>
            <Value>0</Value><Min>0</Min><Max>1</Max>
            </Integer>
            """,
        ]
    }
}

/// Nodes of the GenApi schema 1.1, their elements in its order.
extension GenICamDescription {
    private static func category(_ name: String, _ features: [String]) -> String {
        let list = features.map { "<pFeature>\($0)</pFeature>" }.joined()
        return "<Category Name=\"\(name)\" NameSpace=\"Standard\">\(list)</Category>"
    }

    private static func text(_ name: String, address: Int, length: Int) -> String {
        """
        <StringReg Name="\(name)" NameSpace="Standard">
        <Address>\(address)</Address><Length>\(length)</Length><AccessMode>RO</AccessMode><pPort>Device</pPort>
        </StringReg>
        """
    }

    private static func register(_ name: String, _ register: ca_register, mode: String = "RW") -> String {
        """
        <IntReg Name="\(name)" NameSpace="Custom">
        <Address>\(register.rawValue)</Address><Length>4</Length><AccessMode>\(mode)</AccessMode><pPort>Device</pPort>\
        <Sign>Unsigned</Sign><Endianess>BigEndian</Endianess>
        </IntReg>
        """
    }

    private static func integer(_ name: String, over value: String) -> String {
        "<Integer Name=\"\(name)\" NameSpace=\"Standard\"><pValue>\(value)</pValue></Integer>"
    }

    private static func integer(_ name: String, over value: String, least: Int, most: String, step: Int) -> String {
        """
        <Integer Name="\(name)" NameSpace="Standard">
        <pIsLocked>TLParamsLocked</pIsLocked>
        <pValue>\(value)</pValue><Min>\(least)</Min><pMax>\(most)</pMax><Inc>\(step)</Inc>
        </Integer>
        """
    }

    private static func formula(_ name: String, _ formula: String, _ variables: [String: String]) -> String {
        let list = variables.sorted { $0.key < $1.key }
            .map { "<pVariable Name=\"\($0.key)\">\($0.value)</pVariable>" }.joined()
        return """
            <IntSwissKnife Name="\(name)" NameSpace="Standard">\(list)<Formula>\(formula)</Formula></IntSwissKnife>
            """
    }

    private static func converter(_ name: String, to: String, from: String, over value: String) -> String {
        """
        <Converter Name="\(name)" NameSpace="Custom">
        <FormulaTo>\(to)</FormulaTo><FormulaFrom>\(from)</FormulaFrom><pValue>\(value)</pValue>
        </Converter>
        """
    }

    private static func float(_ name: String, over value: String, _ range: ClosedRange<Double>, unit: String) -> String
    {
        """
        <Float Name="\(name)" NameSpace="Standard">
        <pValue>\(value)</pValue><Min>\(range.lowerBound)</Min><Max>\(range.upperBound)</Max>\
        \(unit.isEmpty ? "" : "<Unit>\(unit)</Unit>")
        </Float>
        """
    }

    private static func choice(_ name: String, over value: String, _ entries: [(name: String, value: Int)]) -> String {
        let list = entries.map {
            "<EnumEntry Name=\"\($0.name)\" NameSpace=\"Standard\"><Value>\($0.value)</Value></EnumEntry>"
        }.joined()
        return """
            <Enumeration Name="\(name)" NameSpace="Standard">\(list)<pValue>\(value)</pValue></Enumeration>
            """
    }

    private static func command(_ name: String, over value: String, value number: Int) -> String {
        """
        <Command Name="\(name)" NameSpace="Standard"><pValue>\(value)</pValue><CommandValue>\(number)</CommandValue></Command>
        """
    }

    /// The schema wants names of letters, digits and `_` there.
    private static func identifier(_ name: String) -> String {
        String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }
}
