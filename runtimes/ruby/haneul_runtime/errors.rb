# frozen_string_literal: true

# Error reports: what the Runtime API and the log are told when a function fails.
# https://docs.aws.amazon.com/lambda/latest/dg/ruby-exceptions.html
# A report never contains frames of this client, only the function's own.
module HaneulRuntime
  class Report
    FRAMES_MAX = 100
    OWN = %r{\A(/var/runtime/|<internal:)}

    attr_reader :error_type

    # kind: "Function" while it runs, "Init" while it is loaded.
    def initialize(error, kind)
      @error_type = "#{kind}<#{error.class}>"
      @message = text_of(error)
      frames = (error.backtrace || []).first(FRAMES_MAX)
      # What calls the function stands below it; what loads it stands in between as well.
      @frames = kind == "Init" ? frames.grep_v(OWN) : frames.take_while { |line| !OWN.match?(line) }
    end

    def to_h
      { errorMessage: @message, errorType: @error_type, stackTrace: @frames }
    end

    private

    def text_of(error)
      error.message.to_s.encode(Encoding::UTF_8, invalid: :replace, undef: :replace)
    rescue StandardError # a broken message of the function's own exception
      ""
    end
  end
end
