# frozen_string_literal: true

# What a function logs: Kernel#puts, Logger in text and JSON form, and the report of an error.
# https://docs.aws.amazon.com/lambda/latest/dg/ruby-logging.html
# One call is one log event, also when it has several lines: its inner line breaks travel as the record
# separator (U+001E) and the engine turns them back. What is written to $stdout itself is split at its line
# breaks.
require "json"
require "logger"

module HaneulRuntime
  module Logs
    SEPARATOR = "\u001e"
    LEVELS = { "TRACE" => Logger::DEBUG, "DEBUG" => Logger::DEBUG, "INFO" => Logger::INFO,
               "WARN" => Logger::WARN, "ERROR" => Logger::ERROR, "FATAL" => Logger::FATAL }.freeze

    class << self
      attr_accessor :request_id

      def json? = ENV["AWS_LAMBDA_LOG_FORMAT"].to_s.casecmp?("JSON")

      # The lowest level of Logger that is written, or nil: the program says.
      def level = json? ? LEVELS[ENV["AWS_LAMBDA_LOG_LEVEL"].to_s.upcase] : nil

      def write_event(text)
        line = text.encode(Encoding::UTF_8, invalid: :replace, undef: :replace)
        $stdout.write("#{line.chomp.gsub("\n", SEPARATOR)}\n")
      end

      def timestamp(time) = time.utc.strftime("%Y-%m-%dT%H:%M:%S.%LZ")

      def write_error(report, title)
        if json?
          head = { timestamp: timestamp(Time.now), level: "ERROR", message: title }
          head[:requestId] = request_id if request_id
          write_event(JSON.generate(head.merge(report)))
        else
          write_event(title)
          write_event(JSON.pretty_generate(report))
        end
      end
    end

    class TextFormatter < Logger::Formatter
      def call(severity, time, progname, message)
        format("%s, [%s #%d] %5s %s -- %s: %s\n", severity[0], format_datetime(time), $$, severity,
               Logs.request_id, progname, msg2str(message))
      end
    end

    class JsonFormatter < Logger::Formatter
      def call(severity, time, progname, message)
        out = { timestamp: Logs.timestamp(time), level: severity, message: text_of(message) }
        out[:logger] = progname.to_s if progname
        out.merge!(details(message)) if message.is_a?(Exception)
        out[:requestId] = Logs.request_id if Logs.request_id
        "#{JSON.generate(out)}\n"
      end

      private

      def text_of(message)
        text = message.is_a?(Exception) ? message.message : msg2str(message)
        text.to_s.encode(Encoding::UTF_8, invalid: :replace, undef: :replace)
      end

      def details(error)
        { errorType: error.class.to_s, errorMessage: text_of(error), stackTrace: error.backtrace || [] }
      end
    end

    # Stands where a Logger would have standard output.
    class Sink
      def write(text) = Logs.write_event(text)
      def close; end
    end

    module LoggerDefaults
      def initialize(logdev = nil, *rest, **options)
        return super unless logdev.nil? || logdev == $stdout || logdev == $stderr

        options = { formatter: (Logs.json? ? JsonFormatter : TextFormatter).new }.merge(options)
        options[:level] ||= Logs.level unless Logs.level.nil?
        super(Sink.new, *rest, **options)
      end
    end

    def self.install
      $stdout.sync = true
      $stderr.sync = true
      Logger.prepend(LoggerDefaults)
      Kernel.module_eval do
        def puts(*values)
          Logs.write_event(values.flatten.map(&:to_s).join("\n"))
        end
        private :puts
      end
    end
  end
end
