# frozen_string_literal: true

# Client of the Lambda Runtime API over one keep-alive socket.
# https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
# An answer and the poll for the next invocation leave in one write. Only the socket library is used, and no
# more of Ruby than a cold start can afford.
require "socket"

module HaneulRuntime
  # One event with the headers that came with it; header names are lower case.
  Invocation = Struct.new(:headers, :body) do
    def request_id = headers["lambda-runtime-aws-request-id"] || ""
  end

  class Api
    PREFIX = "/2018-06-01/runtime/"

    def initialize(address)
      host, _, port = address.rpartition(":")
      @host = address
      @socket = TCPSocket.new(host, port.to_i)
      @socket.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1)
      @poll = "GET #{PREFIX}invocation/next HTTP/1.1\r\nHost: #{@host}\r\n\r\n".b
      @polling = false
    end

    # Blocks until there is an invocation.
    def next
      send_bytes(@poll) unless @polling
      @polling = false
      status, headers, body = read_answer
      raise "the runtime API answered #{status} to next" unless status == 200

      Invocation.new(headers, body)
    end

    def respond(request_id, body, content_type)
      send_bytes(post("invocation/#{request_id}/response", body, content_type, nil) + @poll)
      @polling = true
      read_answer
    end

    # ending: the process ends after this, so that it asks for nothing more.
    def report_error(request_id, body, error_type, ending:)
      message = post("invocation/#{request_id}/error", body, "application/json", error_type)
      send_bytes(ending ? message : message + @poll)
      @polling = !ending
      read_answer
    end

    def report_init_error(body, error_type)
      send_bytes(post("init/error", body, "application/json", error_type))
      read_answer
    end

    private

    def post(path, body, content_type, error_type)
      head = "POST #{PREFIX}#{path} HTTP/1.1\r\nHost: #{@host}\r\nContent-Type: #{content_type}\r\n" \
             "Content-Length: #{body.bytesize}\r\n"
      head += "Lambda-Runtime-Function-Error-Type: #{error_type.gsub(/[^ -~]/, "?")}\r\n" if error_type
      "#{head}\r\n".b + body.b
    end

    def send_bytes(bytes)
      @socket.write(bytes)
      @socket.flush
    end

    def read_answer
      status = read_line.split(" ", 3)[1].to_i
      headers = {}
      until (line = read_line).empty?
        name, _, value = line.partition(":")
        headers[name.downcase] = value.strip
      end
      body = @socket.read(headers.fetch("content-length", "0").to_i)
      [status, headers, body.force_encoding(Encoding::UTF_8)]
    end

    def read_line
      line = @socket.gets("\r\n", chomp: true)
      raise EOFError, "the runtime API closed the connection" if line.nil?

      line
    end
  end
end
